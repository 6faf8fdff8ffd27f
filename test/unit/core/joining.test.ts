import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectTogetherSoon, expectTogether } from "../../support/call-checks.ts";
import { createCallWorld, type CallWorld } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const people = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `Person ${index + 1}`);

/** Opens a page and joins at once, without waiting for anything. */
async function arrive(name: string) {
  const page = await world.open(createFakeProfile(name));
  page.call.join();
  return page;
}

describe("joining a call", { timeout: 60_000 }, () => {
  it("[CAST-1] two people join one after the other and are live with each other's names", async () => {
    const ada = await arrive("Ada");
    await world.time.pass(1_000);
    expect(ada.snapshot().phase).toBe("live");
    const bea = await arrive("Bea");
    await world.time.pass(1_000);
    await expectTogether([ada, bea]);
    expect(ada.notices).toEqual([{ type: "joined", name: "Bea" }]);
    // Who was there is not announced to who comes.
    expect(bea.notices).toEqual([]);
  });

  it("who presses Join with all prepared is live within three ways of a message", async () => {
    const [ada] = await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea"));
    await world.time.until(() => bea.snapshot().ready, 5_000);
    expect(bea.snapshot().inCall).toBe(1);
    bea.call.join();
    await world.time.pass(60);
    expect(bea.snapshot().phase).toBe("live");
    await expectTogetherSoon(world, [ada, bea], 400);
  });

  it("Join pressed before anything is ready is done as soon as it can be", async () => {
    const ada = await world.open(createFakeProfile("Ada"));
    ada.call.join();
    expect(ada.snapshot()).toMatchObject({ phase: "lobby", ready: false });
    await world.time.pass(1_000);
    expect(ada.snapshot().phase).toBe("live");
  });

  it("a join is prepared in the lobby only once no permission is being asked for", async () => {
    await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea"));
    bea.media.become("camera", { phase: "asking" });
    await world.time.pass(1_000);
    expect(bea.peer.open()).toEqual([]);
    bea.media.become("camera", { phase: "failed", code: "media-denied" });
    await world.time.pass(100);
    expect(bea.snapshot().ready).toBe(true);
    expect(bea.peer.open()).toHaveLength(1);
  });

  it("three people come together", async () => {
    await expectTogether(await world.joined("Ada", "Bea", "Cem"));
  });

  it("[GROUP-1] two who start the call at the same instant end in one", async () => {
    const pages = [await arrive("Ada"), await arrive("Bea")];
    await world.time.pass(2_000);
    await expectTogether(pages);
  });

  it("[LOG-4] [LOG-6] ten who join at the same instant all end in the same epoch with all links up", async () => {
    const first = await arrive("First");
    await world.time.pass(1_000);
    const pages = await world.joined(...people(10));
    await expectTogetherSoon(world, [first, ...pages], 10_000);
  });

  it("sixteen who join at the same instant come together, and no socket is closed for flooding", async () => {
    const pages = await world.joined(...people(16));
    await expectTogetherSoon(world, pages, 20_000);
    expect(
      pages.flatMap(({ notices }) => notices.filter(({ type }) => type === "failure")),
    ).toEqual([]);
  });

  it("[NEG-2] [SIGNAL-4] slow and uneven ways of messages keep nobody apart", async () => {
    world.network.delayMs = () => 20 + Math.floor(world.random() * 600);
    const pages = await world.joined(...people(5));
    await expectTogetherSoon(world, pages, 30_000);
  });
});
