import { afterEach, describe, expect, it } from "vitest";
import { earlyWorkerUrl, takeEarlyWorker } from "../../../web/io/early-worker.ts";

const page = globalThis as { sottoWorker?: { url: string; worker?: unknown } };
afterEach(() => {
  delete page.sottoWorker;
});

describe("the worker that was started with the page", () => {
  it("is taken once, and its address serves those that come after", () => {
    const worker = {};
    page.sottoWorker = { url: "/worker.js", worker };
    expect(takeEarlyWorker()).toBe(worker);
    expect(takeEarlyWorker()).toBeUndefined();
    expect(earlyWorkerUrl()).toBe("/worker.js");
  });

  it("is none where the page started none, or its script did not load", () => {
    expect(takeEarlyWorker()).toBeUndefined();
    expect(earlyWorkerUrl()).toBeUndefined();
    page.sottoWorker = { url: "/worker.js" };
    expect(takeEarlyWorker()).toBeUndefined();
  });
});
