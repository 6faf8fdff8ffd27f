import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

/** Where the manifest is served. */
export const MANIFEST_FILE = "build.json";

/** SHA-256, in hexadecimal digits, of every file that a deployment serves, by its address. */
export type BuildManifest = {
  readonly version: 1;
  readonly files: Readonly<Record<string, string>>;
};

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** The manifest of a folder that holds a built web app, as the bytes that are served: sorted, so that one build has one. */
export function manifestOf(directory: string): string {
  const files = globSync("**/*", { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(directory, sep).length))
    // Cloudflare reads `_headers` and serves it to nobody; a file can't hold its own hash.
    .filter((name) => name !== "_headers" && name !== MANIFEST_FILE)
    .toSorted()
    .map((name) => [`/${name.replaceAll(sep, "/")}`, sha256(readFileSync(join(directory, name)))]);
  const manifest: BuildManifest = { version: 1, files: Object.fromEntries(files) };
  return `${JSON.stringify(manifest, undefined, 1)}\n`;
}

/** What a manifest says; undefined for anything that is not one. */
export function parseManifest(text: string): BuildManifest | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    if (!("version" in parsed) || parsed.version !== 1 || !("files" in parsed)) return undefined;
    const { files } = parsed;
    if (typeof files !== "object" || files === null || Array.isArray(files)) return undefined;
    const entries = Object.entries(files).filter(
      (entry): entry is [string, string] =>
        entry[0].startsWith("/") && typeof entry[1] === "string" && /^[\da-f]{64}$/.test(entry[1]),
    );
    if (entries.length !== Object.keys(files).length) return undefined;
    return { version: 1, files: Object.fromEntries(entries) };
  } catch {
    return undefined;
  }
}
