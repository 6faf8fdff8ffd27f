import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { checkableBuild } from "./scripts/vite/checkable-build.ts";

const rootPath = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * ts-mls can do every suite of RFC 9420 and names a library for each. Suite 1 needs none of these:
 * resolving them to an empty module keeps them out of the page.
 */
const unusedProviders = [
  "@hpke/chacha20poly1305",
  "@hpke/dhkem-x448",
  "@hpke/hybridkem-x-wing",
  "@hpke/ml-kem",
  "@noble/ciphers",
  "@noble/curves",
  "@noble/post-quantum",
];

const isUnused = (id: string): boolean =>
  unusedProviders.some((name) => id === name || id.startsWith(`${name}/`));

/** Of @hpke/core its one place in ts-mls names four curves; three would be half of what it costs. */
const onlyX25519 = `
  export { DhkemX25519HkdfSha256 } from "@hpke/core";
  export let DhkemP256HkdfSha256, DhkemP384HkdfSha384, DhkemP521HkdfSha512;
`;

function withoutUnusedProviders(): Plugin {
  const emptyId = "\0unused-provider";
  const kemId = "\0only-x25519";
  return {
    name: "without-unused-providers",
    enforce: "pre",
    resolveId: (id, importer) => {
      if (isUnused(id)) return emptyId;
      return id === "@hpke/core" && importer?.endsWith("/makeDhKem.js") === true ? kemId : null;
    },
    load: (id) => {
      // A call into one of them is a mistake of ours: it fails at once, by name.
      if (id === emptyId) return "export default undefined;";
      return id === kemId ? onlyX25519 : null;
    },
  };
}

/** In `npm run dev` the page asks each second whether it has been rebuilt, and reloads if so. */
function reloadOnRebuild(): Plugin {
  const source = `
    let built;
    setInterval(async () => {
      const response = await fetch("/", { method: "HEAD", cache: "no-store" }).catch(() => undefined);
      const now = response?.headers.get("etag");
      if (built && now && now !== built) location.reload();
      built = now ?? built;
    }, 1000);
  `;
  return {
    name: "reload-on-rebuild",
    apply: () => process.env["SOTTO_DEV"] === "1",
    transformIndexHtml: () => [
      { tag: "script", attrs: { type: "module", src: "/reload-on-rebuild.js" }, injectTo: "head" },
    ],
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "reload-on-rebuild.js", source });
    },
  };
}

/**
 * What ts-mls, then `protocol`, make their codecs by as their modules are loaded. They only combine
 * functions; told so, the bundler leaves out the codecs that nobody uses.
 */
const codecMakers = [
  "base64RecordEncoder",
  "contramapBufferEncoder",
  "contramapBufferEncoders",
  "decodeBase64Record",
  "decodeVarLenType",
  "encode",
  "flatMapDecoder",
  "mapDecoder",
  "mapDecoderOption",
  "mapDecoders",
  "mapDecodersOption",
  "orDecoder",
  "varLenTypeEncoder",
  "bytesOf",
  "bytesText",
  "bytesUpTo",
  "field",
  "idText",
  "listField",
  "messageCodec",
  "optionalField",
  "optionalRecordField",
  "recordCodec",
];
const treeshake = { manualPureFunctions: codecMakers };

export default defineConfig({
  root: rootPath("./web"),
  publicDir: rootPath("./web/public"),
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [checkableBuild(), withoutUnusedProviders(), reloadOnRebuild()],
  worker: {
    format: "es",
    plugins: () => [withoutUnusedProviders()],
    // What Vite sets for the page itself. Comments for a bundler that comes after are 3 kB of it.
    rolldownOptions: {
      output: { comments: false, topLevelVar: true },
      treeshake,
    },
  },
  build: {
    outDir: rootPath("./dist/web"),
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    // Inlined files would be `data:` URLs, which the content security policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { treeshake },
    reportCompressedSize: false,
  },
});
