import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { beforeEnd } from "../../scripts/lifetime.ts";

// Serves the bare page at HOST and PORT by the same Miniflare, with the same options, as
// scripts/serve.ts serves the product. In a process of its own, as that is.
const config = fileURLToPath(new URL("wrangler.toml", import.meta.url));
const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
const { modulesRules: _, ...worker } = workerOptions;
const host = process.env["HOST"] ?? "localhost";
const port = Number(process.env["PORT"]);
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host,
    port,
    log: new NoOpLog(),
    logRequests: false,
    cf: false,
    telemetry: { enabled: false },
    workers: [
      {
        ...worker,
        name: "bare",
        modules: [{ type: "ESModule", path: fileURLToPath(new URL("worker.js", import.meta.url)) }],
      },
    ],
  }),
);
beforeEnd(() => miniflare.dispose());
await miniflare.ready;
console.log(`The bare page is ready: http://${host}:${port}`);
