import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Browsers, startBrowsers } from "../support/browsers.ts";
import { buildPages } from "../support/built-pages.ts";
import { type PageServer, servePages } from "../support/page-server.ts";
import type { BrowserName, Person } from "../support/person.ts";
import type { LinkWish } from "./support/crypto-page/crypto-page.ts";

let page: PageServer;
let browsers: Browsers;
let people: Person[] = [];

beforeAll(async () => {
  page = await servePages(await buildPages(new URL("./support/crypto-page/", import.meta.url)));
  browsers = await startBrowsers();
});
afterEach(async () => {
  for (const person of people) await person.close();
  people = [];
});
afterAll(async () => {
  await browsers.close();
  await page.close();
});

async function open(browser: BrowserName): Promise<Person> {
  const person = await browsers.newPerson(browser);
  people.push(person);
  await person.goto(page.url);
  await person.waitFor("the page's script", () => globalThis.cryptoPage !== undefined);
  return person;
}

/** Two members of one call, in one page or in two, with a link between them; `a` is leaf 0 and offers. */
async function connect(
  from: Person,
  to: Person,
  wish: Pick<LinkWish, "videoCodec"> & {
    readonly transformed?: boolean;
    readonly bound?: boolean;
  },
): Promise<void> {
  const call = await from.evaluate(() => cryptoPage.host("a"));
  const entry = await to.evaluate((given) => cryptoPage.join("b", given), call);
  const verdict = await from.evaluate((given) => cryptoPage.judge("a", given), entry);
  expect(verdict).toBe("applied");
  const { videoCodec, transformed = true, bound = true } = wish;
  if (bound) {
    await from.evaluate(() => cryptoPage.bind("a", "link-a", 1));
    await to.evaluate(() => cryptoPage.bind("b", "link-b", 0));
  }
  const link = { videoCodec, transformed };
  const offer = await from.evaluate((given) => cryptoPage.offer("a", given), {
    ...link,
    linkId: "link-a",
  });
  const answer = await to.evaluate(({ wanted, sdp }) => cryptoPage.answer("b", wanted, sdp), {
    wanted: { ...link, linkId: "link-b" },
    sdp: offer,
  });
  await from.evaluate((sdp) => cryptoPage.accept("link-a", sdp), answer);
}

const decodes = (person: Person, linkId: string, frames: number): Promise<void> =>
  person.waitFor(
    `${frames} pictures decoded on ${linkId}`,
    async ({ id, wanted }) => (await cryptoPage.traffic(id)).framesDecoded >= wanted,
    { id: linkId, wanted: frames },
  );

describe("the worker", () => {
  it.each(["chromium", "firefox"] as const)(
    "[ID-1] in %s keeps its keys: the same device opens the room after its worker is gone",
    async (browser) => {
      const person = await open(browser);
      const call = await person.evaluate(() => cryptoPage.host("a"));
      const first = await person.evaluate((given) => cryptoPage.reopen("a", given), call);
      const again = await person.evaluate((given) => cryptoPage.reopen("a", given), call);
      const other = await person.evaluate((given) => cryptoPage.reopen("b", given), call);
      expect(first).toMatch(/^[\w-]{22} kept$/);
      expect(again).toBe(first);
      expect(other).not.toBe(first);
      expect(person.problems()).toEqual([]);
    },
  );

  it.each(["chromium", "firefox"] as const)(
    "[TICKET-3] in %s lets in who knocks, whose ticket outlives their worker, and puts them out",
    async (browser) => {
      const person = await open(browser);
      expect(await person.evaluate(() => cryptoPage.admitAndReload("a", "b"))).toEqual([
        "nothing handed out",
        "Ada",
        "applied",
        "applied",
        "a new link",
        "out",
      ]);
      expect(person.problems()).toEqual([]);
    },
  );

  it("refuses arguments that are not the method's, by name", async () => {
    const person = await open("chromium");
    const answer = await person.evaluate(() => cryptoPage.misuse("a"));
    expect(answer).toBe("tokenRequest: arguments refused");
  });
});

describe("media through real transforms", () => {
  it.each([
    { from: "chromium", to: "chromium", videoCodec: "video/VP8" },
    { from: "chromium", to: "chromium", videoCodec: "video/VP9" },
    { from: "chromium", to: "chromium", videoCodec: "video/AV1" },
    { from: "firefox", to: "firefox", videoCodec: "video/VP8" },
    { from: "firefox", to: "firefox", videoCodec: "video/VP9" },
    { from: "chromium", to: "firefox", videoCodec: "video/VP8" },
    { from: "chromium", to: "firefox", videoCodec: "video/VP9" },
    { from: "firefox", to: "chromium", videoCodec: "video/VP8" },
    { from: "firefox", to: "chromium", videoCodec: "video/VP9" },
  ] as const)(
    "[FRAME-2] $videoCodec from $from to $to is decoded both ways",
    async ({ from, to, videoCodec }) => {
      const offerer = await open(from);
      // Two members in one page where both are in one browser: a loopback.
      const answerer = from === to ? offerer : await open(to);
      await connect(offerer, answerer, { videoCodec });
      await decodes(answerer, "link-b", 20);
      await decodes(offerer, "link-a", 20);
      const sent = await offerer.evaluate(() => cryptoPage.counts("a", "link-a", "camera", "send"));
      const opened = await answerer.evaluate(() =>
        cryptoPage.counts("b", "link-b", "camera", "receive"),
      );
      const hears = async (wanted: number): Promise<boolean> =>
        (await cryptoPage.counts("b", "link-b", "microphone", "receive")).passed >= wanted;
      await answerer.waitFor("sound opened", hears, 20);
      expect(sent.passed).toBeGreaterThanOrEqual(20);
      expect(opened.passed).toBeGreaterThanOrEqual(20);
      expect(offerer.problems()).toEqual([]);
      expect(answerer.problems()).toEqual([]);
    },
  );

  it.each(["chromium", "firefox"] as const)(
    "[FRAME-3] in %s nothing is sent or shown on a link that is not bound, and all of it once it is",
    async (browser) => {
      const person = await open(browser);
      await connect(person, person, { videoCodec: "video/VP8", bound: false });
      const dropped = async (wanted: number): Promise<boolean> =>
        (await cryptoPage.counts("a", "link-a", "camera", "send")).dropped >= wanted;
      await person.waitFor("frames dropped", dropped, 20);
      const before = await person.evaluate(() => cryptoPage.traffic("link-b"));
      expect(before.framesDecoded).toBe(0);
      expect(before.videoPacketsReceived).toBe(0);
      const counts = await person.evaluate(() =>
        cryptoPage.counts("a", "link-a", "camera", "send"),
      );
      expect(counts.passed).toBe(0);
      await person.evaluate(() => cryptoPage.bind("a", "link-a", 1));
      await person.evaluate(() => cryptoPage.bind("b", "link-b", 0));
      await decodes(person, "link-b", 20);
    },
  );

  it("in a Chromium without RTCRtpScriptTransform pictures go by createEncodedStreams", async () => {
    const person = await open("chromium");
    expect(await person.evaluate(() => cryptoPage.growOld())).toBe(true);
    await connect(person, person, { videoCodec: "video/VP8" });
    await decodes(person, "link-b", 20);
    await decodes(person, "link-a", 20);
    const sent = await person.evaluate(() => cryptoPage.counts("a", "link-a", "camera", "send"));
    expect(sent.passed).toBeGreaterThanOrEqual(20);
    expect(person.problems()).toEqual([]);
  });

  it("in Chromium a connection whose transforms are never set sends nothing", async () => {
    const [bare, measure] = [await open("chromium"), await open("chromium")];
    await connect(bare, bare, { videoCodec: "video/VP8", transformed: false });
    // Another, opened after, is the measure of time: what it has sent by now, the first could have sent.
    await connect(measure, measure, { videoCodec: "video/VP8" });
    await decodes(measure, "link-b", 40);
    for (const linkId of ["link-a", "link-b"]) {
      const traffic = await bare.evaluate((id) => cryptoPage.traffic(id), linkId);
      expect(traffic).toMatchObject({
        connected: true,
        videoPacketsSent: 0,
        audioPacketsSent: 0,
        framesDecoded: 0,
      });
    }
  });
});
