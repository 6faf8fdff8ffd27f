import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SignalBody } from "../../protocol/signal.ts";
import { happens, type LinkBench, showsMoreFrames, startLinkBench } from "./support/link-pair.ts";

const LEVEL = "a=extmap:9 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n";
const LISTED =
  /:sdes:(mid|rtp-stream-id|repaired-rtp-stream-id)$|\/abs-send-time$|transport-wide-cc/;
const BROWSERS = ["chromium", "firefox"] as const;

describe("what a link refuses", () => {
  let bench: LinkBench;

  beforeAll(async () => {
    bench = await startLinkBench();
  });
  afterEach(() => bench.clear());
  afterAll(() => bench.close());

  const sentBy = (carried: readonly { readonly body: SignalBody }[]): string =>
    carried.map(({ body }) => body.sdp ?? "").join("");

  it.each(BROWSERS)(
    "[NEG-3] %s takes no offer from another certificate than the leaf's, and connects to nobody",
    async (browser) => {
      const pair = await bench.pair({
        offerer: { browser },
        answerer: { browser, peerFingerprint: Array.from({ length: 32 }, () => 7) },
      });
      await happens(pair.answerer, "failed fingerprint-mismatch");
      const events = await pair.answerer.evaluate(() => linkPage.events());
      expect(events).toEqual(["failed fingerprint-mismatch"]);
      expect(await pair.offerer.evaluate(() => linkPage.events())).toEqual([]);
    },
  );

  it.each(BROWSERS)("[NEG-3] %s takes no answer from another certificate", async (browser) => {
    const pair = await bench.pair({
      offerer: { browser, peerFingerprint: Array.from({ length: 32 }, () => 7) },
      answerer: { browser },
    });
    await happens(pair.offerer, "failed fingerprint-mismatch");
    expect(await pair.offerer.evaluate(() => linkPage.events())).not.toContain("connected direct");
  });

  it.each(BROWSERS)("[NEG-4] %s refuses a header extension outside the list", async (browser) => {
    const pair = await bench.pair({
      offerer: { browser },
      answerer: { browser },
      alter: (body) =>
        body.sdp === undefined
          ? body
          : { ...body, sdp: body.sdp.replace(/a=mid:0\r\n/, `a=mid:0\r\n${LEVEL}`) },
    });
    await happens(pair.answerer, "failed header-extension-foreign");
    expect(await pair.offerer.evaluate(() => linkPage.events())).toEqual([]);
  });

  it.each(BROWSERS)("[NEG-4] %s says nothing but the list, in at most 3 KB", async (browser) => {
    const pair = await bench.pair({ offerer: { browser }, answerer: { browser } });
    await happens(pair.offerer, "connected direct");
    const uris = sentBy(pair.carried).match(/(?<=a=extmap:\d+ )\S+/g) ?? [];
    expect(uris.length).toBeGreaterThan(0);
    expect(uris.filter((uri) => !LISTED.test(uri))).toEqual([]);
    const sizes = pair.carried.flatMap(({ body }) => body.sdp?.length ?? []);
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3072);
  });

  it("[NEG-4] AV1 is offered first by who prefers it, with its dependency descriptor, and VP9 stays", async () => {
    const pair = await bench.pair({
      offerer: { browser: "chromium", preferAv1: true },
      answerer: { browser: "chromium" },
    });
    await happens(pair.answerer, "playing camera");
    const [offer = "", answer = ""] = pair.carried.flatMap(({ body }) => body.sdp ?? []);
    const codecs = (sdp: string) => sdp.match(/(?<=a=rtpmap:\d+ )(AV1|VP9|VP8)/g);
    expect(codecs(offer)).toEqual(["AV1", "VP9", "VP8"]);
    expect(offer).toContain("#dependency-descriptor-rtp-header-extension");
    // Who does not prefer it is not made to.
    expect(codecs(answer)).toEqual(["VP9", "VP8"]);
    expect((await pair.answerer.evaluate(() => linkPage.stats())).videoCodec).toBe("VP9");
  });

  it("Chromium sends nothing at all where no transform is ever set", async () => {
    const pair = await bench.pair({
      offerer: { browser: "chromium", behaviour: "never" },
      answerer: { browser: "chromium" },
    });
    await happens(pair.offerer, "connected direct");
    // The other direction shows that time enough has passed for pictures and sound.
    await happens(pair.offerer, "playing camera");
    await showsMoreFrames(pair.offerer, 40);
    expect(await pair.offerer.evaluate(() => linkPage.stats())).toMatchObject({ bytesSent: 0 });
    expect(await pair.answerer.evaluate(() => linkPage.stats())).toMatchObject({
      bytesReceived: 0,
    });
    expect(await pair.answerer.evaluate(() => linkPage.framesShown())).toBe(0);
  });

  it("Chromium sends nothing before a transform that comes late, and then only through it", async () => {
    const pair = await bench.pair({
      offerer: { browser: "chromium", behaviour: "late" },
      answerer: { browser: "chromium" },
    });
    await happens(pair.offerer, "playing camera");
    expect(await pair.offerer.evaluate(() => linkPage.stats())).toMatchObject({ bytesSent: 0 });
    await pair.offerer.evaluate(() => linkPage.setLateTransforms());
    // The receiving end lets through only what a transform has marked.
    await happens(pair.answerer, "playing camera");
    await showsMoreFrames(pair.answerer, 10);
  });

  it.each([
    ["firefox", "never"],
    ["chromium", "blind"],
    ["firefox", "blind"],
  ] as const)(
    "%s is stopped when frames leave that the worker has not seen (%s)",
    async (browser, behaviour) => {
      const pair = await bench.pair({
        offerer: { browser, behaviour },
        answerer: { browser: "chromium" },
      });
      await happens(pair.offerer, "plaintext-stopped microphone");
      await happens(pair.offerer, "plaintext-stopped camera");
      const before = await pair.offerer.evaluate(() => linkPage.stats());
      // Another track does not start it again.
      await pair.offerer.evaluate(() => linkPage.setCamera({ width: 320, height: 180 }));
      await happens(pair.offerer, "playing camera");
      await showsMoreFrames(pair.offerer, 40);
      const after = await pair.offerer.evaluate(() => linkPage.stats());
      // What was in the pacer, and the padding of a stopped stream, are no pictures.
      expect(after.bytesSent - before.bytesSent).toBeLessThan(20_000);
      expect(await pair.answerer.evaluate(() => linkPage.events())).not.toContain(
        "plaintext-stopped camera",
      );
    },
  );
});
