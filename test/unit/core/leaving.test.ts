import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectTogetherSoon, expectTogether } from "../../support/call-checks.ts";
import { createCallWorld, type CallWorld, type Page } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const commits = (pages: readonly Page[]): number =>
  pages.flatMap(({ line }) => line.sent().filter((type) => type === "commit")).length;

describe("leaving a call", { timeout: 60_000 }, () => {
  it("[MLS-4] who leaves is gone at once, by one commit, and is announced by name", async () => {
    const [ada, bea, cem, dan] = await world.joined("Ada", "Bea", "Cem", "Dan");
    const before = commits([ada, bea, cem, dan]);
    bea.leave();
    await world.time.pass(200);
    expect(bea.snapshot()).toMatchObject({ phase: "left", people: [] });
    await expectTogether([ada, cem, dan]);
    for (const { notices } of [ada, cem, dan])
      expect(notices.at(-1)).toEqual({ type: "left", name: "Bea" });
    await world.time.pass(10_000);
    expect(commits([ada, bea, cem, dan]) - before).toBe(1);
  });

  it("all who leave at the same instant are removed, and the one who stays goes on", async () => {
    const [ada, bea, cem, dan] = await world.joined("Ada", "Bea", "Cem", "Dan");
    for (const page of [ada, bea, cem]) page.leave();
    await expectTogetherSoon(world, [dan], 10_000);
    expect(dan.others()).toEqual([]);
  });

  it("the leaf whose duty a removal is may die with it: the next one does it", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    const lowest = [ada, bea, cem].find((page) => page.line.sent().includes("group-create"));
    const [leaver, stays] = [ada, bea, cem].filter((page) => page !== lowest);
    lowest?.vanish();
    leaver?.leave();
    await world.time.pass(4_000);
    expect(stays?.others().map(({ name }) => name)).toEqual([lowest?.snapshot().name]);
    await expectTogetherSoon(world, stays === undefined ? [] : [stays], 40_000);
  });

  it("a closed tab says goodbye with its last breath", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.close();
    await world.time.pass(500);
    await expectTogether([ada]);
    expect(ada.notices.at(-1)).toEqual({ type: "left", name: "Bea" });
  });

  it("nothing is sent, and no link is open, once one has left", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.leave();
    await world.time.pass(100);
    const sent = bea.line.sent().length;
    expect(bea.line.sent().at(-1)).toBe("bye");
    expect(bea.peer.open()).toEqual([]);
    expect(bea.bound.size).toBe(0);
    bea.media.become("camera", { phase: "on", track: {}, deviceId: undefined, label: "" });
    bea.call.setName("Bee");
    await world.time.pass(20_000);
    expect(bea.line.sent()).toHaveLength(sent);
    await expectTogether([ada]);
  });

  it("who left comes back by the same page, as the same person", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const key = ada.others()[0]?.key;
    bea.leave();
    await world.time.pass(1_000);
    bea.call.again();
    await world.time.until(() => bea.snapshot().ready, 5_000);
    expect(bea.snapshot().phase).toBe("lobby");
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    expect(ada.others().map((person) => person.key)).toEqual([key]);
    expect(ada.notices.slice(-2)).toEqual([
      { type: "left", name: "Bea" },
      { type: "joined", name: "Bea" },
    ]);
  });

  it("who leaves at once comes back at once, though the edge takes a proof only once", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.leave();
    bea.call.again();
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 10_000);
  });

  it("a lobby is left without a word", async () => {
    const [ada] = await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea"));
    await world.time.until(() => bea.snapshot().ready, 5_000);
    bea.leave();
    await world.time.pass(1_000);
    expect(bea.snapshot().phase).toBe("left");
    expect(bea.peer.open()).toEqual([]);
    expect(bea.line.sent()).toEqual(["prove"]);
    await expectTogether([ada]);
  });

  it("who leaves while the room takes the join leaves nobody behind", async () => {
    const [ada] = await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea"));
    await world.time.until(() => bea.snapshot().ready, 5_000);
    bea.call.join();
    await world.time.pass(5);
    expect(bea.line.sent()).toContain("commit");
    bea.leave();
    await world.time.pass(5);
    expect(bea.snapshot().phase).toBe("left");
    await world.time.pass(500);
    await expectTogether([ada]);
    expect(bea.line.sent().at(-1)).toBe("bye");
  });

  it("who leaves before the join is sent never joins", async () => {
    const [ada] = await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea"));
    bea.call.join();
    bea.leave();
    await world.time.pass(2_000);
    expect(bea.snapshot().phase).toBe("left");
    expect(bea.line.sent()).not.toContain("commit");
    await expectTogether([ada]);
  });

  it("the last one out ends the call: the next is a new one", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    for (const page of [ada, bea]) page.leave();
    await world.time.pass(1_000);
    for (const page of [ada, bea]) page.call.again();
    await world.time.until(() => bea.snapshot().ready, 5_000);
    expect(bea.snapshot().inCall).toBe(0);
    for (const page of [ada, bea]) page.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
  });
});

describe("closing a call", { timeout: 60_000 }, () => {
  it.each(["live", "joining", "opening", "lobby", "left", "cut off"])(
    "a call that is %s ends with no timer, link or binding left",
    async (when) => {
      const [ada] = await world.joined("Ada");
      const bea = await world.open(createFakeProfile("Bea"));
      if (when !== "opening") await world.time.until(() => bea.snapshot().ready, 5_000);
      if (when === "live" || when === "joining" || when === "left" || when === "cut off")
        bea.call.join();
      if (when === "live" || when === "left" || when === "cut off") await world.time.pass(1_000);
      if (when === "left") bea.leave();
      if (when === "cut off") {
        bea.line.cut();
        await world.time.pass(1_000);
      }
      for (const page of [bea, ada]) page.close();
      await world.time.pass(1);
      expect(bea.peer.open()).toEqual([]);
      // What is on its way arrives, the room's empty call ends; nothing of a page runs on.
      await world.time.pass(10 * 60_000);
      expect(world.time.clock.pending()).toBeLessThanOrEqual(1);
    },
  );
});
