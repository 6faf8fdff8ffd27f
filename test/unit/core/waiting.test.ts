import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CallNotice } from "../../../web/core/call-state.ts";
import { expectTogether, expectTogetherSoon } from "../../support/call-checks.ts";
import { type CallWorld, createCallWorld, type Page } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld(1, "knock");
});
afterEach(() => world.end());

const waiting = (page: Page) => page.snapshot().hosting?.waiting ?? [];
const keyOf = (host: Page, name: string): string =>
  waiting(host).find((waiter) => waiter.name === name)?.key ?? "";
const knocks = (page: Page): readonly CallNotice[] =>
  page.notices.filter(({ type }) => type === "knock");

async function hostInCall(): Promise<Page> {
  const host = await world.open(world.host);
  host.call.join();
  await world.time.until(() => host.snapshot().phase === "live", 10_000);
  return host;
}

async function knocker(profile = createFakeProfile("Bea")): Promise<Page> {
  const bea = await world.open(profile);
  bea.call.join();
  await world.time.until(() => bea.snapshot().phase === "knocking", 10_000);
  return bea;
}

async function admitted(host: Page, profile = createFakeProfile("Bea")): Promise<Page> {
  const bea = await knocker(profile);
  const { name } = bea.snapshot();
  await world.time.until(() => keyOf(host, name) !== "", 3_000);
  host.call.host.admit(keyOf(host, name));
  await world.time.until(() => bea.snapshot().phase === "live", 10_000);
  return bea;
}

describe("where a host lets people in", { timeout: 30_000 }, () => {
  it("[KNOCK-3] who knocks is told of to the host by name, once, and is in when admitted", async () => {
    const host = await hostInCall();
    expect(host.snapshot().hosting).toMatchObject({ role: "host", mode: "knock" });
    const bea = await knocker();
    await world.time.pass(4_000);
    expect(bea.snapshot()).toMatchObject({
      phase: "knocking",
      door: { hostPresent: true, locked: false },
      people: [],
    });
    expect(waiting(host)).toMatchObject([{ name: "Bea", isKnown: false }]);
    expect(knocks(host)).toEqual([{ type: "knock", name: "Bea" }]);
    host.call.host.admit(keyOf(host, "Bea"));
    await expectTogetherSoon(world, [host, bea], 10_000);
    expect(waiting(host)).toEqual([]);
  });

  it("[KNOCK-2] who comes before the host waits for them", async () => {
    const bea = await knocker();
    expect(bea.snapshot().door).toEqual({ hostPresent: false, locked: false });
    const host = await hostInCall();
    await world.time.until(() => waiting(host).length === 1, 5_000);
    expect(bea.snapshot().door?.hostPresent).toBe(true);
    host.call.host.admitAll();
    await expectTogetherSoon(world, [host, bea], 10_000);
  });

  it("many wait, and one press lets all of them in", { timeout: 120_000 }, async () => {
    const host = await hostInCall();
    const pages = await Promise.all(
      Array.from({ length: 12 }, (_, index) => world.open(createFakeProfile(`P${index}`))),
    );
    for (const page of pages) page.call.join();
    await world.time.until(() => waiting(host).length === pages.length, 10_000);
    host.call.host.admitAll();
    await expectTogetherSoon(world, [host, ...pages], 60_000);
  });

  it("[KNOCK-6] who is refused is told so, and may ask again; who is blocked may not", async () => {
    const host = await hostInCall();
    const bea = await knocker();
    await world.time.until(() => waiting(host).length === 1, 3_000);
    host.call.host.refuse(keyOf(host, "Bea"), false);
    await world.time.pass(1_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", failure: "knock-refused" });
    bea.call.join();
    await world.time.until(() => waiting(host).length === 1, 3_000);
    host.call.host.refuse(keyOf(host, "Bea"), true);
    await world.time.pass(1_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", failure: "knock-blocked" });
    bea.call.join();
    await world.time.pass(2_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", failure: "knock-blocked" });
    expect(waiting(host)).toEqual([]);
  });

  it("[KNOCK-4] who stops waiting is gone from the host's list", async () => {
    const host = await hostInCall();
    const bea = await knocker();
    await world.time.until(() => waiting(host).length === 1, 3_000);
    bea.call.stopWaiting();
    await world.time.pass(1_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", failure: undefined });
    expect(waiting(host)).toEqual([]);
  });

  it("[KNOCK-2] a lost socket knocks again by itself, and the host is not told twice", async () => {
    const host = await hostInCall();
    const bea = await knocker();
    await world.time.until(() => waiting(host).length === 1, 3_000);
    host.line.drop();
    await world.time.pass(5_000);
    expect(waiting(host)).toMatchObject([{ name: "Bea" }]);
    expect(knocks(host)).toHaveLength(1);
    bea.line.drop();
    await world.time.pass(100);
    expect(bea.snapshot().phase).toBe("knocking");
    await world.time.pass(5_000);
    expect(waiting(host)).toMatchObject([{ name: "Bea" }]);
    host.call.host.admit(keyOf(host, "Bea"));
    await expectTogetherSoon(world, [host, bea], 10_000);
  });

  it("a page that is loaded again while waiting knocks again by itself; one that gave up does not", async () => {
    const host = await hostInCall();
    const profile = createFakeProfile("Bea");
    const first = await knocker(profile);
    await world.time.until(() => waiting(host).length === 1, 3_000);
    first.close();
    const again = await world.open(profile);
    await world.time.until(() => again.snapshot().phase === "knocking", 5_000);
    await world.time.until(() => waiting(host).length === 1, 3_000);
    again.call.stopWaiting();
    await world.time.pass(500);
    again.close();
    const third = await world.open(profile);
    await world.time.pass(3_000);
    expect(third.snapshot().phase).toBe("lobby");
    expect(waiting(host)).toEqual([]);
  });

  it("who alone can let people in is told so once", async () => {
    const host = await hostInCall();
    expect(host.snapshot().hosting?.isKeyNews).toBe(true);
    host.call.host.knowOfKey();
    await world.time.pass(100);
    expect(host.snapshot().hosting?.isKeyNews).toBe(false);
    host.close();
    expect((await hostInCall()).snapshot().hosting?.isKeyNews).toBe(false);
  });

  it("who has no name is asked for one", async () => {
    await hostInCall();
    const nameless = await world.open(createFakeProfile(""));
    nameless.call.join();
    await world.time.pass(2_000);
    expect(nameless.snapshot()).toMatchObject({ phase: "lobby", failure: "knock-name-missing" });
  });

  it("[TICKET-3] who was admitted comes back after a reload without the host", async () => {
    const host = await hostInCall();
    const [bea, cem] = [createFakeProfile("Bea"), createFakeProfile("Cem")];
    const [first, other] = [await admitted(host, bea), await admitted(host, cem)];
    host.leave();
    await world.time.pass(2_000);
    first.crash();
    const again = await world.open(bea);
    again.call.join();
    await expectTogetherSoon(world, [other, again], 15_000);
    expect(again.line.sent()).not.toContain("knock");
  });

  it("[TICKET-3] who was admitted comes back after a dead crypto worker, and after a lost network", async () => {
    const host = await hostInCall();
    const bea = await admitted(host);
    bea.loseCrypto();
    await expectTogetherSoon(world, [host, bea], 15_000);
    bea.line.cut();
    await world.time.pass(30_000);
    bea.line.restore();
    await expectTogetherSoon(world, [host, bea], 30_000);
    expect(knocks(host)).toHaveLength(1);
  });

  it("[GROUP-5] a host who reloads alone begins the call anew", async () => {
    const host = await hostInCall();
    host.crash();
    await world.time.pass(500);
    const again = await hostInCall();
    await expectTogether([again]);
    const bea = await admitted(again);
    await expectTogetherSoon(world, [again, bea], 10_000);
  });

  it("who knocks is in by itself once the host opens the room", async () => {
    const host = await hostInCall();
    const bea = await knocker();
    host.call.host.setMode("open");
    await expectTogetherSoon(world, [host, bea], 10_000);
  });

  it("people who join at once, one after the other's commit, get in by tickets alone", async () => {
    const host = await hostInCall();
    const profiles = ["Bea", "Cem", "Dot"].map((name) => createFakeProfile(name));
    const pages = await Promise.all(profiles.map((profile) => knocker(profile)));
    await world.time.until(() => waiting(host).length === 3, 5_000);
    host.call.host.admitAll();
    await expectTogetherSoon(world, [host, ...pages], 30_000);
    for (const page of pages) page.crash();
    const again = await Promise.all(profiles.map((profile) => world.open(profile)));
    for (const { call } of again) call.join();
    await expectTogetherSoon(world, [host, ...again], 60_000);
    expect(knocks(host)).toHaveLength(3);
  });
});
