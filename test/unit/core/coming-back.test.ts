import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectTogetherSoon, epochOf, expectTogether } from "../../support/call-checks.ts";
import { createCallWorld, type CallWorld } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const MINUTE_MS = 60_000;

describe("dying without a word", { timeout: 30_000 }, () => {
  it.each(["crash", "vanish"] as const)(
    "[PAIR-4] [MLS-5] a page that dies (%s) is removed, by one commit, and called lost",
    async (how) => {
      const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
      bea[how]();
      await world.time.pass(4_000);
      expect(ada.others()).toHaveLength(2);
      await expectTogetherSoon(world, [ada, cem], 40_000);
      for (const { notices } of [ada, cem])
        expect(notices.at(-1)).toEqual({ type: "lost", name: "Bea" });
    },
  );

  it("[MLS-5] four who die at once are all removed in the end", async () => {
    const [ada, bea, ...rest] = await world.joined("Ada", "Bea", "Cem", "Dan", "Eve", "Fay");
    for (const page of rest) page.vanish();
    await expectTogetherSoon(world, [ada, bea], 2 * MINUTE_MS);
  });
});

describe("loading the page again", { timeout: 30_000 }, () => {
  it("[MLS-2] the same person comes back in one tile, unannounced", async () => {
    const profile = createFakeProfile("Bea");
    const [ada, cem] = await world.joined("Ada", "Cem");
    const bea = await world.open(profile);
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea, cem], 5_000);
    const { key } = bea.snapshot().people[0] ?? {};
    const notices = ada.notices.length;
    bea.crash();
    const again = await world.open(profile);
    again.call.join();
    await expectTogetherSoon(world, [ada, again, cem], 5_000);
    expect(ada.others().filter((person) => person.key === key)).toHaveLength(1);
    expect(ada.notices.slice(notices)).toEqual([]);
  });

  it("[MLS-2] who is left alone, on whatever leaf, comes back to the same call", async () => {
    const profile = createFakeProfile("Bea");
    const [ada] = await world.joined("Ada");
    const bea = await world.open(profile);
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    ada.call.leave();
    await expectTogetherSoon(world, [bea], 5_000);
    bea.crash();
    const again = await world.open(profile);
    again.call.join();
    await expectTogetherSoon(world, [again], 5_000);
  });

  it("a crypto worker that dies is one's own matter: one is back by oneself", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.loseCrypto();
    await world.time.pass(50);
    await expectTogetherSoon(world, [ada, bea], 5_000);
  });
});

describe("losing the socket", { timeout: 30_000 }, () => {
  it("[LOG-9] a lost socket is resumed, and the commits that were missed are caught up with", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.line.cut();
    const [cem] = await world.joined("Cem");
    await world.time.pass(5_000);
    expect(bea.snapshot().phase).toBe("reconnecting");
    expect(await epochOf(bea)).not.toEqual(await epochOf(ada));
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea, cem], 20_000);
  });

  it("a socket that is back soon is not worth a word, and costs no link", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const links = bea.peer.open().map(({ id }) => id);
    bea.line.drop();
    await world.time.pass(1_000);
    await expectTogether([ada, bea]);
    expect(bea.peer.open().map(({ id }) => id)).toEqual(links);
  });

  it("a name said while somebody was away reaches them", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.line.cut();
    await world.time.pass(1_000);
    ada.call.setName("Adelaide");
    await world.time.pass(1_000);
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea], 20_000);
    expect(bea.others()[0]?.name).toBe("Adelaide");
  });

  it("[ROOM-7] the room's object is loaded again and nobody notices", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const room = world.network.room(world.link.roomId);
    room.evict();
    const [cem] = await world.joined("Cem");
    room.evict();
    await expectTogetherSoon(world, [ada, bea, cem], 5_000);
    bea.leave();
    room.evict();
    await expectTogetherSoon(world, [ada, cem], 5_000);
  });

  it("[ROOM-7] the service restarts and every socket drops: all go on as they were", async () => {
    const pages = await world.joined("Ada", "Bea", "Cem");
    const before = await Promise.all(pages.map(epochOf));
    world.network.restart();
    await world.time.pass(3_000);
    await expectTogether(pages);
    expect(await Promise.all(pages.map(epochOf))).toEqual(before);
  });

  it.each([21, 30, 41, 45, 59])(
    "a join whose answer is lost %i ms after it was sent is taken up where it was",
    async (afterMs) => {
      const [ada] = await world.joined("Ada");
      const bea = await world.open(createFakeProfile("Bea"));
      await world.time.until(() => bea.snapshot().ready, 5_000);
      bea.call.join();
      await world.time.pass(afterMs);
      bea.line.drop();
      await expectTogetherSoon(world, [ada, bea], 20_000);
    },
  );

  it.each([5, 15, 21, 30])(
    "a commit whose answer is lost %i ms after it was due is recognised in the log, or made again",
    async (afterMs) => {
      const pages = await world.joined("Ada", "Bea", "Cem");
      const [ada, bea, cem] = pages;
      const lowest = pages.find((page) => page.line.sent().includes("group-create")) ?? ada;
      const leaver = lowest === bea ? cem : bea;
      leaver.leave();
      await world.time.pass(40 + afterMs);
      lowest.line.drop();
      await expectTogetherSoon(
        world,
        pages.filter((page) => page !== leaver),
        20_000,
      );
    },
  );

  it("[LOG-9] who missed more than is kept falls out, and comes back by a join", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.line.cut();
    const profile = createFakeProfile("Cem");
    for (let round = 0; round < 35; round += 1) {
      const cem = await world.open(profile);
      cem.call.join();
      await world.time.until(() => cem.snapshot().phase === "live", 5_000);
      cem.leave();
      await world.time.pass(1_100);
      cem.close();
    }
    expect(bea.snapshot().phase).toBe("reconnecting");
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea], 30_000);
  });

  it("[GROUP-3] a call the service has ended is published again by those who are still in it", async () => {
    const pages = await world.joined("Ada", "Bea", "Cem");
    for (const { line } of pages) line.cut();
    await world.time.pass(6 * MINUTE_MS);
    const room = world.network.room(world.link.roomId);
    const ended = room.state().ended?.groupId;
    expect(room.state().group).toBeUndefined();
    for (const { line } of pages) line.restore();
    await expectTogetherSoon(world, pages, 30_000);
    expect(room.state().group?.groupId).toBe(ended);
    const [dan] = await world.joined("Dan");
    await expectTogetherSoon(world, [...pages, dan], 10_000);
  });

  it("[GROUP-4] who was away for too long to count comes back by a join", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    bea.line.cut();
    await world.time.pass(6 * MINUTE_MS);
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea, cem], 30_000);
  });

  it("who was removed by mistake is back by oneself, in one tile", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    bea.line.cut();
    bea.peer.vanish();
    await expectTogetherSoon(world, [ada, cem], 40_000);
    bea.peer.return();
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea, cem], 40_000);
  });
});

describe("links", { timeout: 30_000 }, () => {
  it.each([1, 2, 3, 4, 6, 8])(
    "[NEG-2] a socket that drops %i0 ms after a join, with offers or answers on the way, keeps no link down",
    async (tens) => {
      const [ada, cem] = await world.joined("Ada", "Cem");
      const bea = await world.open(createFakeProfile("Bea"));
      await world.time.until(() => bea.snapshot().ready, 5_000);
      bea.call.join();
      await world.time.pass(tens * 10);
      ada.line.drop();
      bea.line.drop();
      await expectTogetherSoon(world, [ada, bea, cem], 2_500);
    },
  );

  it("a path that is lost and found again is the same link", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const links = bea.peer.open().map(({ id }) => id);
    bea.peer.vanish();
    await world.time.pass(8_000);
    expect(bea.others()[0]?.link).toBe("reconnecting");
    bea.peer.return();
    await expectTogetherSoon(world, [ada, bea], 15_000);
    expect(bea.peer.open().map(({ id }) => id)).toEqual(links);
  });

  it("a link that was given up is opened anew by either side, as long as both are in the call", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const links = bea.peer.open().map(({ id }) => id);
    world.internet.blocked = () => true;
    bea.peer.vanish();
    bea.peer.return();
    await world.time.pass(3 * MINUTE_MS);
    expect(bea.others()).toHaveLength(1);
    expect(["failed", "connecting"]).toContain(bea.others()[0]?.link);
    world.internet.blocked = () => false;
    await expectTogetherSoon(world, [ada, bea], 2 * MINUTE_MS);
    expect(bea.peer.open().map(({ id }) => id)).not.toEqual(links);
  });

  it("[PAIR-1] two without a path to each other stay in the call, and confirm through the room", async () => {
    world.internet.blocked = () => true;
    const [ada, bea] = await world.joined("Ada", "Bea");
    await world.time.pass(30_000);
    for (const page of [ada, bea]) {
      expect(page.snapshot().phase).toBe("live");
      expect(page.others().map(({ name, link }) => [name, link])).toEqual([
        [page === ada ? "Bea" : "Ada", "connecting"],
      ]);
      expect(page.notices.filter(({ type }) => type === "failure")).toEqual([]);
    }
  });
});
