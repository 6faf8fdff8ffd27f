import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./lifetime.ts";
import { rootPath } from "./root.ts";
import { MANIFEST_FILE, sha256 } from "./vite/build-manifest.ts";

const stampPath = rootPath("dist", ".inputs");

const inputs = [
  "{protocol,workers,durable-objects,web}/**/*",
  "webcrypto-sframe/{package.json,src/**/*}",
  "{package-lock.json,vite.config.ts,wrangler.toml,scripts/build.ts}",
  "scripts/vite/*.ts",
];

function hashInputs(): string {
  const hash = createHash("sha256")
    .update(process.env["VITE_SOURCE_URL"] ?? "")
    .update("\0");
  const files = globSync(inputs, { cwd: rootPath(), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .toSorted();
  for (const file of files) hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** Makes the next build happen, whatever its inputs: for whoever writes into dist by other ways. */
export function forgetBuild(): void {
  rmSync(stampPath, { force: true });
}

/** Wrangler adds a note of when it built, and to the source map the folder it built in; neither is uploaded. */
function forgetPlaceAndTime(directory: string): void {
  rmSync(join(directory, "README.md"), { force: true });
  const mapPath = join(directory, "index.js.map");
  const { sourceRoot: _, ...map } = JSON.parse(readFileSync(mapPath, "utf8"));
  writeFileSync(mapPath, JSON.stringify(map));
}

/** What names a build: the SHA-256 of its manifest, and of the Worker, which nobody can fetch. */
export const builtHashes = (): { readonly build: string; readonly worker: string } => ({
  build: sha256(readFileSync(rootPath("dist", "web", MANIFEST_FILE))),
  worker: sha256(readFileSync(rootPath("dist", "worker", "index.js"))),
});

/**
 * Builds the web app into dist/web and the Worker into dist/worker, exactly as a deployment would
 * upload them; does nothing when neither they nor their inputs changed.
 */
export async function build(): Promise<{ ok: true } | { ok: false; output: string }> {
  const hash = hashInputs();
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === hash) return { ok: true };
  // Wrangler runs the web app's build first, by the [build] command of wrangler.toml.
  const { code, output } = await run(
    "wrangler",
    ["deploy", "--dry-run", "--outdir", rootPath("dist", "worker")],
    { capture: true },
  );
  if (code !== 0) return { ok: false, output };
  forgetPlaceAndTime(rootPath("dist", "worker"));
  writeFileSync(stampPath, hash);
  return { ok: true };
}
