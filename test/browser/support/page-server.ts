import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { securityHeaders } from "../../../workers/http/security-headers.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};

/** A page of the tests' own, on localhost, under the product's own security headers. */
export type PageServer = { readonly url: string; readonly close: () => Promise<void> };

/** Bundles `index.html` of a folder beside this file, with its further entries, and serves it. */
export async function servePage(folder: string, entries: readonly string[]): Promise<PageServer> {
  const root = fileURLToPath(new URL(`./${folder}/`, import.meta.url));
  const outDir = mkdtempSync(join(tmpdir(), "sotto-page-"));
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      minify: false,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: [join(root, "index.html"), ...entries.map((entry) => join(root, entry))],
        output: { entryFileNames: "[name].js", chunkFileNames: "[name].js" },
      },
    },
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const name = path === "/" ? "index.html" : path.slice(1);
    for (const [header, value] of securityHeaders()) response.setHeader(header, value);
    try {
      const body = readFileSync(join(outDir, name));
      response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "text/plain" }).end(body);
    } catch {
      response.writeHead(204).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
