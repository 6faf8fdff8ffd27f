import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { run } from "./lifetime.ts";
import { rootPath } from "./root.ts";

const stampPath = rootPath("dist", ".inputs");

const inputs = [
  "{protocol,workers,durable-objects,web}/**/*",
  "webcrypto-sframe/{package.json,src/**/*}",
  "{package-lock.json,vite.config.ts,wrangler.toml}",
];

function hashInputs(): string {
  const hash = createHash("sha256");
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
  writeFileSync(stampPath, hash);
  return { ok: true };
}
