import { createServer } from "node:http";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { securityHeaders } from "../../workers/http/security-headers.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
};

type PageServer = {
  readonly url: string;
  /** Everything built, gzipped file by file. */
  readonly sizeBytes: number;
  readonly close: () => Promise<void>;
};

/** Builds the pages over a fake call as a deployment is built, and serves them under the deployment's own headers. */
export async function startPageServer(): Promise<PageServer> {
  const outDir = await mkdtemp(join(tmpdir(), "sotto-pages-"));
  await build({
    configFile: false,
    root: fileURLToPath(new URL("./page", import.meta.url)),
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/double-text.css") {
      response.setHeader("Content-Type", "text/css");
      response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
      response.end("html { font-size: 200% !important }");
      return;
    }
    const file = pathname.startsWith("/assets/") ? pathname : "/index.html";
    void readFile(join(outDir, file)).then(
      (body) => {
        for (const [name, value] of securityHeaders()) response.setHeader(name, value);
        response.setHeader("Content-Type", types[extname(file)] ?? "application/octet-stream");
        response.end(body);
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("server: no port");
  return {
    sizeBytes: await gzippedSize(outDir),
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(outDir, { recursive: true });
    },
  };
}

async function gzippedSize(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(async ({ parentPath, name }) => {
    const body = await readFile(join(parentPath, name));
    return gzipSync(body, { level: 9 }).length;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
