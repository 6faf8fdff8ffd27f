import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../support/person.ts";
import { startTurnServer } from "../support/turn-server.ts";
import { happens, type LinkBench, showsMoreFrames, startLinkBench } from "./support/link-pair.ts";

const HD = { width: 1280, height: 720 };

describe("a link in a call", () => {
  let bench: LinkBench;

  beforeAll(async () => {
    bench = await startLinkBench();
  });
  afterEach(() => bench.clear());
  afterAll(() => bench.close());

  const connectedPair = async (
    offerer: "chromium" | "firefox",
    answerer: "chromium" | "firefox",
    camera = { width: 640, height: 360 },
  ) => {
    const pair = await bench.pair({
      offerer: { browser: offerer, camera },
      answerer: { browser: answerer },
    });
    for (const person of [pair.offerer, pair.answerer]) {
      await happens(person, "connected direct");
      await happens(person, "playing camera");
    }
    return pair;
  };
  const showsWidth = (person: Person, least: number, most: number) =>
    person.waitFor(
      `a picture ${least} to ${most} wide`,
      async ([low, high]) => {
        const { frameWidth } = await linkPage.stats();
        return frameWidth >= low && frameWidth <= high;
      },
      [least, most] as const,
      { timeoutMs: 30_000 },
    );
  const descriptions = (carried: readonly { readonly body: { readonly type: string } }[]) =>
    carried.filter(({ body }) => body.type === "description").length;

  it.each(["chromium", "firefox"] as const)(
    "[PAIR-5] %s sends a smaller picture to who shows a smaller one, none to who hides it, without a new offer",
    async (browser) => {
      const pair = await connectedPair(browser, "chromium", HD);
      await pair.offerer.evaluate(() => linkPage.setPeerView({ width: 320, height: 180 }));
      await showsWidth(pair.answerer, 160, 320);
      await pair.offerer.evaluate(() => linkPage.setPeerView({ width: 0, height: 0 }));
      await pair.answerer.waitFor("the picture to stand still", async () => {
        const { framesDecoded } = await linkPage.stats();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return (await linkPage.stats()).framesDecoded === framesDecoded;
      });
      // Sound goes on.
      await pair.answerer.waitFor("sound", () => linkPage.audioLevel() > 0.05);
      await pair.offerer.evaluate(() => linkPage.setPeerView({ width: 640, height: 360 }));
      await showsMoreFrames(pair.answerer, 10);
      expect(descriptions(pair.carried)).toBe(2);
    },
  );

  it.each(["chromium", "firefox"] as const)(
    "%s replaces its camera, takes it away and gives it back without a new offer",
    async (browser) => {
      const pair = await connectedPair(browser, "chromium");
      await pair.offerer.evaluate(() => linkPage.setCamera({ width: 240, height: 320 }));
      await pair.answerer.waitFor("an upright picture", async () => {
        const { frameWidth, frameHeight } = await linkPage.stats();
        return frameHeight > frameWidth;
      });
      await pair.offerer.evaluate(() => linkPage.setCamera(undefined));
      await pair.answerer.waitFor("the picture to stand still", async () => {
        const { framesDecoded } = await linkPage.stats();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return (await linkPage.stats()).framesDecoded === framesDecoded;
      });
      await pair.offerer.evaluate(() => linkPage.setCamera({ width: 640, height: 360 }));
      await showsMoreFrames(pair.answerer, 10);
      expect(descriptions(pair.carried)).toBe(2);
    },
  );

  it.each([
    ["chromium", "chromium"],
    ["chromium", "firefox"],
    ["firefox", "chromium"],
  ] as const)(
    "[NEG-1] ICE restarts from either side while the call goes on: %s and %s",
    async (offerer, answerer) => {
      const pair = await connectedPair(offerer, answerer);
      for (const [round, person] of [pair.offerer, pair.answerer].entries()) {
        await person.evaluate(() => linkPage.restartIce());
        await expect.poll(() => descriptions(pair.carried)).toBe(4 + round * 2);
        await showsMoreFrames(pair.offerer, 10);
        await showsMoreFrames(pair.answerer, 10);
      }
      expect(usernames(pair.carried).size).toBe(6);
    },
  );

  it.each([
    ["chromium", "chromium"],
    ["chromium", "firefox"],
    ["firefox", "chromium"],
  ] as const)(
    "[NEG-1] two restarts at once end in one connection that carries on: %s and %s",
    async (offerer, answerer) => {
      const pair = await connectedPair(offerer, answerer);
      pair.hold();
      await pair.offerer.evaluate(() => linkPage.restartIce());
      await pair.answerer.evaluate(() => linkPage.restartIce());
      await expect.poll(() => pair.held().length).toBe(2);
      pair.release();
      // Both offers, and one answer: by the polite side to the other's.
      await expect.poll(() => descriptions(pair.carried)).toBe(5);
      await showsMoreFrames(pair.offerer, 20);
      await showsMoreFrames(pair.answerer, 20);
      const events = await pair.offerer.evaluate(() => linkPage.events());
      expect(events.filter((event) => /failed|closed/.test(event))).toEqual([]);
      const last = pair.carried.findLast(({ body }) => body.type === "description");
      expect(last?.from).toBe(pair.answerer);
      expect(last?.body.descriptionType).toBe("answer");
    },
  );

  it("an offer whose answer was lost on the way is made good by asking again", async () => {
    let isLosing = false;
    let lost = 0;
    const pair = await bench.pair({
      offerer: { browser: "chromium" },
      answerer: { browser: "chromium" },
      alter: (body) => {
        if (!isLosing || body.descriptionType !== "answer") return body;
        lost += 1;
        return { type: "candidates" };
      },
    });
    await happens(pair.answerer, "playing camera");
    isLosing = true;
    await pair.offerer.evaluate(() => linkPage.restartIce());
    await expect.poll(() => lost).toBe(1);
    isLosing = false;
    // The same offer once more, and an answer to it.
    await expect.poll(() => descriptions(pair.carried), { timeout: 15_000 }).toBe(5);
    await showsMoreFrames(pair.offerer, 10);
    await showsMoreFrames(pair.answerer, 10);
  });

  it("candidates travel together, but for the first, and a stray one harms nobody", async () => {
    const pair = await bench.pair({
      offerer: { browser: "chromium" },
      answerer: { browser: "firefox" },
      alter: (body) =>
        body.candidates === undefined
          ? body
          : { ...body, candidates: [...body.candidates, "candidate:nonsense\n0", "\n0", "x"] },
    });
    await happens(pair.offerer, "connected direct");
    await happens(pair.answerer, "playing camera");
    const batches = pair.carried.filter(({ body }) => body.type === "candidates");
    expect(batches.length).toBeGreaterThan(0);
    expect(batches.every(({ body }) => (body.candidates ?? []).length <= 64)).toBe(true);
  });

  it.each(["udp", "tcp"] as const)(
    "goes through a relay over %s where nothing else may",
    async (via) => {
      const turn = await startTurnServer();
      const pair = await bench.pair({
        offerer: { browser: "chromium" },
        answerer: { browser: "firefox" },
        ice: {
          iceServers: [{ urls: [turn.urls[via]], ...turn.credentials() }],
          iceTransportPolicy: "relay",
        },
      });
      for (const person of [pair.offerer, pair.answerer]) {
        await happens(person, "connected relayed");
        await happens(person, "playing camera");
        expect((await person.evaluate(() => linkPage.stats())).path).toBe("relayed");
      }
      await bench.clear();
      await turn.close();
    },
  );
});

const usernames = (carried: readonly { readonly body: { readonly sdp?: string | undefined } }[]) =>
  new Set(carried.flatMap(({ body }) => /a=ice-ufrag:(\S+)/.exec(body.sdp ?? "")?.[1] ?? []));
