import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import type { ListenOptions } from "./listen.ts";
import { rootPath } from "./root.ts";

/**
 * Serves the built app as wrangler.toml describes it, on the real runtime.
 *
 * Miniflare runs directly and not behind `wrangler dev`: its proxy costs a factor of seven in
 * messages, and it prints the path of every request, where room ids stand.
 */
export async function serve(
  options: ListenOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(rootPath("wrangler.toml"));
  // The bundle is whole, so the rules for finding modules have nothing to say.
  const { modulesRules: _, bindings, ...worker } = workerOptions;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: options.host,
      port: options.port,
      log: new NoOpLog(),
      logRequests: false,
      // SOTTO_LOG=1 shows what the Worker says when something is being looked into.
      handleStructuredLogs: ({ level, message }) => {
        if (process.env["SOTTO_LOG"] === "1") console.error(`[${level}] ${message}`);
      },
      // Otherwise it asks the network where this machine is.
      cf: false,
      telemetry: { enabled: false },
      // Where `wrangler dev` keeps it too, so that rooms are the same in both.
      resourcePersistencePath: join(options.stateDir, "v3"),
      workers: [
        {
          ...worker,
          name: "sotto",
          modules: workerModules(),
          bindings: Object.assign({}, bindings, options.vars),
        },
      ],
    }),
  );
  await miniflare.ready;
  await healthy(miniflare);
  return { url: linkTo(options.host, options.port), close: () => miniflare.dispose() };
}

function linkTo(host: string, port: number): string {
  if (host === "0.0.0.0" || host === "::") return `http://localhost:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function workerModules() {
  const directory = rootPath("dist", "worker");
  const names = readdirSync(directory).filter((name) => name.endsWith(".js"));
  // The first module is the one that is run.
  return names
    .toSorted((a, b) => Number(b === "index.js") - Number(a === "index.js"))
    .map((name) => ({
      type: "ESModule" as const,
      path: rootPath("dist", "worker", name),
      contents: readFileSync(rootPath("dist", "worker", name), "utf8"),
    }));
}

async function healthy(miniflare: Miniflare): Promise<void> {
  const response = await miniflare.dispatchFetch("http://localhost/healthz");
  const body = await response.text();
  if (response.status !== 200) throw new Error(`/healthz answered ${response.status}: ${body}`);
}
