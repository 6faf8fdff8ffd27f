import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { assetHeadersFile } from "../../workers/http/security-headers.ts";
import { MANIFEST_FILE, manifestOf } from "./build-manifest.ts";
import { withEarlyWorker, workerAddress } from "./early-worker.ts";
import { checkedAddresses, inlineScriptHashes, withIntegrity } from "./integrity.ts";

/**
 * Makes the built app one that can be checked: hashes in the page for everything it loads, the
 * headers of the assets (which do not pass through the Worker, so the module that heads its answers
 * writes theirs too), and a manifest of every file. It works on the files as they were written.
 */
export function checkableBuild(): Plugin {
  return {
    name: "checkable-build",
    apply: "build",
    enforce: "post",
    applyToEnvironment: (environment) => environment.name === "client",
    // Under another NODE_ENV of the shell, components would carry the paths of their source files.
    config: () => {
      process.env["NODE_ENV"] = "production";
    },
    writeBundle: {
      order: "post",
      handler({ dir }, bundle) {
        if (dir === undefined) throw new Error("checkable-build: expected a folder to build into");
        const pagePath = join(dir, "index.html");
        const files = Object.values(bundle);
        const chunks = files.filter((file) => file.type === "chunk");
        const worker = workerAddress(
          chunks.map(({ code }) => code),
          files
            .filter(({ type, fileName }) => type === "asset" && fileName.endsWith(".js"))
            .map(({ fileName }) => `/${fileName}`),
        );
        const checked = withIntegrity(
          readFileSync(pagePath, "utf8"),
          chunks.map(({ fileName }) => `/${fileName}`),
          (address) => {
            const path = join(dir, address);
            return address.startsWith("/") && existsSync(path) ? readFileSync(path) : undefined;
          },
        );
        const page = worker === undefined ? checked : withEarlyWorker(checked, worker);
        const loaded = new Set(checkedAddresses(page));
        const late = Object.keys(bundle).filter(
          (name) => name.endsWith(".css") && !loaded.has(`/${name}`),
        );
        // A style sheet that a script adds later would have no hash that the browser compares.
        if (late.length > 0) throw new Error(`index.html: expected it to name ${late.join(", ")}`);
        writeFileSync(pagePath, page);
        writeFileSync(join(dir, "_headers"), assetHeadersFile(inlineScriptHashes(page)));
        writeFileSync(join(dir, MANIFEST_FILE), manifestOf(dir));
      },
    },
  };
}
