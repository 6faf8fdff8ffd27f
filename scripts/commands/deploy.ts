import { readFileSync } from "node:fs";
import { end, start } from "../lifetime.ts";
import { rootPath } from "../root.ts";
import { MANIFEST_FILE, sha256 } from "../vite/build-manifest.ts";

// Wrangler may ask to log in, so it gets this terminal. It builds the app itself, by [build].
const child = start("wrangler", ["deploy", ...process.argv.slice(2)], { stdio: "inherit" });
child.once("exit", (code) => {
  if (code === 0) {
    console.log(`Build   ${sha256(readFileSync(rootPath("dist", "web", MANIFEST_FILE)))}`);
  }
  void end(code ?? 1);
});
