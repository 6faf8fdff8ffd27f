import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { foreignRequests } from "../support/person.ts";
import { happens, type LinkBench, showsMoreFrames, startLinkBench } from "./support/link-pair.ts";

describe("a link between two browsers", () => {
  let bench: LinkBench;

  beforeAll(async () => {
    bench = await startLinkBench();
  });
  afterEach(() => bench.clear());
  afterAll(() => bench.close());

  it.each([
    { from: "chromium", to: "chromium", codec: "VP9" },
    { from: "chromium", to: "firefox", codec: "VP9" },
    { from: "chromium", to: "firefox", codec: "VP8" },
    { from: "firefox", to: "chromium", codec: "VP9" },
    { from: "firefox", to: "chromium", codec: "VP8" },
    { from: "firefox", to: "firefox", codec: "VP9" },
  ] as const)(
    "carries pictures, sound and messages both ways: $from offers to $to, $codec",
    async ({ from, to, codec }) => {
      const pair = await bench.pair({
        offerer: { browser: from },
        answerer: { browser: to },
        videoCodecs: [codec],
      });
      for (const person of [pair.offerer, pair.answerer]) {
        await happens(person, "connected direct");
        await happens(person, "channel-open");
        await happens(person, "playing camera");
        await happens(person, "playing microphone");
        await showsMoreFrames(person, 20);
        await person.waitFor("sound", () => linkPage.audioLevel() > 0.05);
        const stats = await person.evaluate(() => linkPage.stats());
        expect(stats).toMatchObject({ path: "direct", videoCodec: codec });
        expect(stats.frameWidth).toBeGreaterThan(0);
        expect(await person.evaluate(() => linkPage.send("hello"))).toBe(true);
      }
      await happens(pair.offerer, "message hello");
      await happens(pair.answerer, "message hello");
      for (const person of [pair.offerer, pair.answerer]) {
        expect(foreignRequests(person, bench.url)).toEqual([]);
        expect(person.problems()).toEqual([]);
        expect(await person.evaluate(() => linkPage.events().join())).not.toMatch(/plaintext/);
      }
    },
  );
});
