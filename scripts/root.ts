import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A path from the root of the repository. */
export const rootPath = (...parts: string[]): string => join(root, ...parts);
