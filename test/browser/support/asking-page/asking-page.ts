/// <reference types="vite/client" />
import { trustedWorkerUrl } from "../../../../web/io/crypto-worker-url.ts";
import type { Asked } from "./asking-worker.ts";
// oxlint-disable-next-line import/default -- Vite builds the worker and answers with its URL.
import workerUrl from "./asking-worker.ts?worker&url";

/** Starts a worker as the app starts its own, under the headers of the deployment's scripts. */
const ask = (): Promise<Asked> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(trustedWorkerUrl(workerUrl), { type: "module" });
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", () => reject(new Error("the worker did not start")));
  });

declare global {
  var askingPage: { readonly ask: typeof ask };
}
globalThis.askingPage = { ask };
