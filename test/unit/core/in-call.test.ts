import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PairMessage, pairMessageCodec } from "../../../protocol/pair.ts";
import { expectTogetherSoon } from "../../support/call-checks.ts";
import { createCallWorld, type CallWorld, type Page } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const on = (track: object) => ({ phase: "on", track, deviceId: undefined, label: "" }) as const;
const sentBy = (page: Page) => page.peer.open().map(({ tracks }) => Object.fromEntries(tracks));

/** Everything a page says over its data channels, from now on. */
function listen(page: Page): readonly PairMessage[] {
  const said: PairMessage[] = [];
  page.peer.garble((bytes) => {
    const message = pairMessageCodec.decode(bytes);
    if (message.ok) said.push(message.value);
    return bytes;
  });
  return said;
}

describe("microphone and camera", { timeout: 30_000 }, () => {
  it("what is turned on, changed or turned off reaches every link, and everybody is told", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    const [track, other] = [{}, {}];
    ada.media.become("camera", on(track));
    await world.time.pass(100);
    expect(sentBy(ada)).toEqual([{ camera: track }, { camera: track }]);
    for (const page of [bea, cem])
      expect(page.others().map(({ name, camera }) => [name, camera])).toContainEqual(["Ada", true]);
    const casts = ada.line.sent().filter((type) => type === "cast").length;
    ada.media.become("camera", on(other));
    await world.time.pass(100);
    expect(sentBy(ada)).toEqual([{ camera: other }, { camera: other }]);
    // Another device is nobody's business.
    expect(ada.line.sent().filter((type) => type === "cast")).toHaveLength(casts);
    ada.media.become("camera", { phase: "off" });
    await world.time.pass(100);
    expect(sentBy(ada)).toEqual([{}, {}]);
    for (const page of [bea, cem]) expect(page.others().some(({ camera }) => camera)).toBe(false);
  });

  it("who joins gets what is being sent, and sends what was turned on in the lobby", async () => {
    const [ada] = await world.joined("Ada");
    ada.call.turn("microphone", true);
    const bea = await world.open(createFakeProfile("Bea"));
    bea.call.turn("camera", true);
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    expect(sentBy(ada).map(Object.keys)).toEqual([["microphone"]]);
    expect(sentBy(bea).map(Object.keys)).toEqual([["camera"]]);
    expect(ada.others()[0]).toMatchObject({ microphone: false, camera: true });
    expect(bea.others()[0]).toMatchObject({ microphone: true, camera: false });
    expect(ada.others()[0]?.video).toBeDefined();
  });

  it("one's own tile shows the preview, and stands first", async () => {
    const [ada] = await world.joined("Ada", "Bea");
    expect(ada.snapshot().people.map(({ link }) => link)).toEqual(["self", "connected"]);
    expect(ada.snapshot().people[0]?.name).toBe("Ada");
  });

  it("who speaks is known from what is heard, and a pause is no silence", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.call.turn("microphone", true);
    await world.time.pass(500);
    const link = ada.peer.open()[0];
    const speaks = () => ada.others()[0]?.speaking;
    expect(speaks()).toBe(false);
    if (link !== undefined) link.level = 0.3;
    await world.time.pass(300);
    expect(speaks()).toBe(true);
    if (link !== undefined) link.level = 0;
    await world.time.pass(500);
    expect(speaks()).toBe(true);
    await world.time.pass(500);
    expect(speaks()).toBe(false);
    if (link !== undefined) link.level = 0.3;
    bea.call.turn("microphone", false);
    await world.time.pass(500);
    expect(speaks()).toBe(false);
  });

  it("one's own speaking is shown while the microphone is on", async () => {
    const [ada] = await world.joined("Ada");
    ada.media.level = 0.5;
    await world.time.pass(500);
    expect(ada.snapshot().people[0]?.speaking).toBe(false);
    ada.call.turn("microphone", true);
    await world.time.pass(500);
    expect(ada.snapshot().people[0]?.speaking).toBe(true);
  });
});

describe("what one says to another", { timeout: 30_000 }, () => {
  it("[PAIR-5] how large a tile is reaches its sender, and hidden is nothing by nothing", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const key = ada.others()[0]?.key ?? "";
    ada.call.setView(key, { width: 640, height: 360 });
    await world.time.pass(100);
    expect(bea.peer.open().map((link) => link.peerView())).toMatchObject([
      { width: 640, height: 360 },
    ]);
    ada.call.setView(key, { width: 0, height: 0 });
    await world.time.pass(100);
    expect(bea.peer.open().map((link) => link.peerView())).toMatchObject([{ width: 0, height: 0 }]);
  });

  it("[PAIR-5] a size that was said before the link stood is said when it does", async () => {
    const [ada] = await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea"));
    bea.call.join();
    await world.time.until(() => bea.snapshot().phase === "live", 5_000);
    bea.call.setView(bea.others()[0]?.key ?? "", { width: 320, height: 180 });
    await world.time.pass(1_000);
    expect(ada.peer.open().map((link) => link.peerView())).toMatchObject([{ width: 320 }]);
  });

  it("[PAIR-4] a proof of life is said when nothing else was", async () => {
    const [ada] = await world.joined("Ada", "Bea");
    await world.time.pass(3_000);
    const said = listen(ada);
    await world.time.pass(12_500);
    expect(said.map(({ type }) => type)).toEqual(["alive", "alive", "alive", "alive"]);
  });

  it("[PAIR-6] what was said to all and did not arrive is asked for, and said again to the one", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const said = listen(ada);
    const asked = listen(bea);
    let dropped = 0;
    world.network.tamper((_, message) => {
      if (message.type !== "cast" || dropped === 2) return message;
      dropped += 1;
      return undefined;
    });
    for (const name of ["Ad", "Adel", "Adela"]) ada.call.setName(name);
    await world.time.pass(500);
    expect(bea.others()[0]?.name).toBe("Adela");
    expect(asked.map(({ type }) => type)).toContain("missing");
    expect(said.filter(({ type }) => type === "cast")).toHaveLength(2);
  });

  it("[MLS-6] keys are renewed by and by, and nobody notices", async () => {
    const pages = await world.joined("Ada", "Bea");
    const epochs = new Set<number>();
    for (let minute = 0; minute < 20; minute += 1) {
      await world.time.pass(60_000);
      epochs.add((await pages[0].statement()).epoch);
    }
    expect(epochs.size).toBeGreaterThanOrEqual(5);
    await expectTogetherSoon(world, pages, 5_000);
    expect(pages.flatMap(({ notices }) => notices.filter(({ type }) => type !== "joined"))).toEqual(
      [],
    );
  });

  it("a snapshot is told of after every change, at most once a turn", async () => {
    const [ada] = await world.joined("Ada");
    let told = 0;
    const stop = ada.call.subscribe(() => (told += 1));
    for (const name of ["A", "B", "C"]) ada.call.setName(name);
    await Promise.resolve();
    expect(told).toBe(1);
    stop();
    ada.call.setName("D");
    await world.time.settle();
    expect(told).toBe(1);
  });
});
