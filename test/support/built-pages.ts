import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** The files of built pages by their address, as a browser is answered. */
export type BuiltPages = ReadonlyMap<
  string,
  { readonly contentType: string; readonly body: Uint8Array }
>;

/** Builds pages of the tests' own as a deployment is built: by the product's own configuration, to stand at `base`. */
export async function buildPages(folder: URL, base = "/"): Promise<BuiltPages> {
  const built = await build({
    configFile: fileURLToPath(new URL("../../vite.config.ts", import.meta.url)),
    root: fileURLToPath(folder),
    base,
    publicDir: false,
    logLevel: "warn",
    build: { write: false },
  });
  const outputs = [built].flat().flatMap((part) => ("output" in part ? part.output : []));
  return new Map(outputs.flatMap((file) => pageFile(base, file)));
}

function pageFile(
  base: string,
  file: Rolldown.OutputChunk | Rolldown.OutputAsset,
): [string, { contentType: string; body: Uint8Array }][] {
  const contentType = CONTENT_TYPES[extname(file.fileName)];
  // What a deployment tells its host is no part of the pages.
  if (contentType === undefined) return [];
  const body = Buffer.from(file.type === "chunk" ? file.code : file.source);
  return [[`${base}${file.fileName}`, { contentType, body }]];
}

/** Bytes of the page, and of the scripts and style sheets that it names, each compressed by itself: what is loaded at first. */
export function firstSize(pages: BuiltPages): number {
  const html = new TextDecoder().decode(pages.get("/index.html")?.body);
  const named = html.matchAll(/(?:src|href)="([^"]+)"/g);
  const first = new Set(["/index.html", ...[...named].map(([, path = ""]) => path)]);
  return [...pages].reduce(
    (sum, [path, { body }]) => sum + (first.has(path) ? gzipSync(body, { level: 9 }).length : 0),
    0,
  );
}
