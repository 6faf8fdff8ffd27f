import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { securityHeaders } from "../../../workers/http/security-headers.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};

/** The crypto page, built by the product's own configuration and served under its own headers: worker, Trusted Types and all. */
export async function serveCryptoPage(): Promise<{
  readonly url: string;
  readonly close: () => Promise<void>;
}> {
  const outDir = mkdtempSync(join(tmpdir(), "sotto-crypto-page-"));
  await build({
    configFile: fileURLToPath(new URL("../../../vite.config.ts", import.meta.url)),
    root: fileURLToPath(new URL("./crypto-page/", import.meta.url)),
    publicDir: false,
    logLevel: "warn",
    build: { outDir },
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
