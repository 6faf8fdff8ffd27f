import { readFileSync, writeFileSync } from "node:fs";
import { withAttacks } from "../attacks.ts";
import { end, run } from "../lifetime.ts";
import { rootPath } from "../root.ts";

const document = rootPath("docs", "e2ee.md");
writeFileSync(document, withAttacks(rootPath(), readFileSync(document, "utf8")));
const { code } = await run("oxfmt", process.argv.slice(2));
await end(code);
