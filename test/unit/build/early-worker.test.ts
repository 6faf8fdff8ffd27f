import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  earlyWorkerScript,
  withEarlyWorker,
  workerAddress,
} from "../../../scripts/vite/early-worker.ts";

type Started = { onerror?: () => void; readonly url: unknown; readonly options: unknown };
type Page = { sottoWorker?: { readonly url: unknown; readonly worker?: Started } };

/** Runs the script as a page would, and answers what it left behind. */
function run(around: Readonly<Record<string, unknown>> = {}): Page {
  class Worker {
    readonly url: unknown;
    readonly options: unknown;
    constructor(url: unknown, options: unknown) {
      this.url = url;
      this.options = options;
    }
  }
  const page = { Worker, ...around };
  runInNewContext(earlyWorkerScript("/assets/main-1.js"), page);
  return page as Page;
}

describe("the script that starts the crypto worker with the page", () => {
  it("starts it as a module, from its own address", () => {
    expect(run().sottoWorker).toMatchObject({
      url: "/assets/main-1.js",
      worker: { url: "/assets/main-1.js", options: { type: "module" } },
    });
  });

  it("makes the one Trusted Types policy, which gives that address whatever is asked of it", () => {
    let rules: { readonly createScriptURL: (url: string) => string } | undefined;
    const { sottoWorker } = run({
      trustedTypes: {
        createPolicy: (name: string, made: typeof rules) => {
          expect(name).toBe("sotto-worker");
          rules = made;
          return { createScriptURL: () => "trusted" };
        },
      },
    });
    expect(rules?.createScriptURL("https://elsewhere.example/worker.js")).toBe("/assets/main-1.js");
    expect(sottoWorker?.url).toBe("trusted");
    expect(sottoWorker?.worker?.url).toBe("trusted");
  });

  it("leaves no worker behind where none could be started, or its script did not load", () => {
    const refused = run({
      Worker: function Worker(): never {
        throw new Error("no workers here");
      },
    });
    expect(refused.sottoWorker).toEqual({ url: "/assets/main-1.js" });
    const page = run();
    page.sottoWorker?.worker?.onerror?.();
    expect(page.sottoWorker).toEqual({ url: "/assets/main-1.js" });
  });

  it("stands in front of every other script", () => {
    const page = withEarlyWorker(
      '<link rel="modulepreload" href="/a.js"><script src="/b.js">',
      "/w.js",
    );
    expect(page.indexOf("<script>")).toBe(0);
    expect(() => withEarlyWorker("<p>", "/w.js")).toThrow("expected a script");
  });

  it("is for the one script that a chunk names", () => {
    expect(
      workerAddress(['start("/assets/main-1.js")'], ["/assets/main-1.js", "/assets/x.js"]),
    ).toBe("/assets/main-1.js");
    expect(workerAddress(["start()"], ["/assets/main-1.js"])).toBeUndefined();
    expect(() => workerAddress(['"/a.js" "/b.js"'], ["/a.js", "/b.js"])).toThrow("one worker");
  });
});
