/** What the page began before its own script was there: `scripts/vite/early-worker.ts`. */
type EarlyWorker = {
  /** The crypto worker's address, as `new Worker` wants it: a TrustedScriptURL where there is such a thing. */
  readonly url: string;
  /** Gone when its script did not load, or threw. */
  worker?: Worker;
};

const early = (): EarlyWorker | undefined =>
  (globalThis as { readonly sottoWorker?: EarlyWorker }).sottoWorker;

/** The address of a worker that the page itself may start; nothing where it started none. */
export const earlyWorkerUrl = (): string | undefined => early()?.url;

/** The worker that was started with the page, once. */
export function takeEarlyWorker(): Worker | undefined {
  const page = early();
  const worker = page?.worker;
  if (page === undefined || worker === undefined) return undefined;
  delete page.worker;
  return worker;
}
