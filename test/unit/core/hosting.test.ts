import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLink } from "../../../protocol/link.ts";
import type { CallNotice } from "../../../web/core/call-state.ts";
import { expectTogether, expectTogetherSoon } from "../../support/call-checks.ts";
import { type CallWorld, createCallWorld, type Page } from "../../support/call-world.ts";
import { createFakeProfile, type FakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

async function enter(profile: FakeProfile): Promise<Page> {
  const page = await world.open(profile);
  page.call.join();
  await world.time.until(() => page.snapshot().phase === "live", 15_000);
  return page;
}
async function callOf(...names: readonly string[]): Promise<readonly [Page, ...Page[]]> {
  const host = await enter(world.host);
  const others = [];
  for (const name of names) others.push(await enter(createFakeProfile(name)));
  await expectTogetherSoon(world, [host, ...others], 15_000);
  return [host, ...others];
}
const keyOf = (page: Page, name: string): string =>
  page.snapshot().people.find((person) => person.name === name)?.key ?? "";
/** What a page said of hosts, in short: who did what to whom. */
const deeds = (page: Page): readonly string[] =>
  page.notices.flatMap((notice: CallNotice) =>
    notice.type === "host-deed"
      ? [
          [notice.byYou ? "You" : notice.by, notice.deed.type, notice.whoIsYou ? "you" : notice.who]
            .filter((word) => word !== undefined)
            .join(" "),
        ]
      : [],
  );
const failures = (page: Page): readonly string[] =>
  page.notices.flatMap((notice) => (notice.type === "failure" ? [notice.code] : []));
const linkOf = async (page: Page) => {
  const { pathname, hash } = new URL(page.snapshot().link);
  const link = await parseLink(pathname, hash);
  if (!link.ok) throw new Error(link.error.code);
  return link.value;
};

describe("what a host does", { timeout: 30_000 }, () => {
  it("[HOST-8] a lock keeps out who comes, and is told to all by name", async () => {
    const [host, bea] = await callOf("Bea");
    host.call.host.setLocked(true);
    await world.time.pass(2_000);
    expect(host.snapshot().hosting).toMatchObject({ locked: true });
    expect(deeds(host)).toEqual(["You locked"]);
    expect(deeds(bea as Page)).toEqual(["Host locked"]);
    const cem = await world.open(createFakeProfile("Cem"));
    cem.call.join();
    await world.time.pass(3_000);
    expect(cem.snapshot()).toMatchObject({ phase: "lobby", failure: "locked" });
    host.call.host.setLocked(false);
    await world.time.pass(1_000);
    cem.call.join();
    await expectTogetherSoon(world, [host, bea as Page, cem], 10_000);
  });

  it("[TICKET-5] who is in when the room is locked comes back after a reload", async () => {
    const bea = createFakeProfile("Bea");
    const host = await enter(world.host);
    const first = await enter(bea);
    host.call.host.setLocked(true);
    await world.time.pass(2_000);
    first.crash();
    const again = await enter(bea);
    await expectTogetherSoon(world, [host, again], 10_000);
  });

  it("[ROTATE-3] who is removed is out, and by the old link nobody comes back; the others go on under the new one", async () => {
    const bob = createFakeProfile("Bob");
    const host = await enter(world.host);
    const [bea, out] = [await enter(createFakeProfile("Bea")), await enter(bob)];
    await expectTogetherSoon(world, [host, bea, out], 15_000);
    const before = host.snapshot().link;
    host.call.host.remove(keyOf(host, "Bob"));
    await world.time.pass(3_000);
    await expectTogether([host, bea]);
    expect(out.snapshot()).toMatchObject({ phase: "left", failure: "banned" });
    expect(deeds(bea)).toEqual(["Host removed Bob", "Host knocking-on", "Host new-link"]);
    expect(bea.notices.filter(({ type }) => type === "left")).toEqual([]);
    expect(host.snapshot().link).not.toBe(before);
    expect(bea.snapshot().link).toBe(host.snapshot().link);
    expect(host.snapshot().hosting?.bans).toMatchObject([{ name: "Bob" }]);
    out.crash();
    const again = await world.open(bob);
    await world.time.pass(2_000);
    expect(again.snapshot()).toMatchObject({ phase: "lobby", failure: "link-replaced" });
    again.close();
    const byNewLink = await world.open(bob, { link: await linkOf(host) });
    byNewLink.call.join();
    await world.time.pass(3_000);
    expect(byNewLink.snapshot()).toMatchObject({ phase: "lobby", failure: "banned" });
    // Whoever else has it asks to be let in.
    const cem = await world.open(createFakeProfile("Cem"), { link: await linkOf(bea) });
    cem.call.join();
    await world.time.until(() => host.snapshot().hosting?.waiting.length === 1, 10_000);
    host.call.host.admitAll();
    await expectTogetherSoon(world, [host, bea, cem], 10_000);
  });

  it("a removal is undone for ten seconds: the ban is lifted and the room is as open as before", async () => {
    const bob = createFakeProfile("Bob");
    const host = await enter(world.host);
    const out = await enter(bob);
    await expectTogetherSoon(world, [host, out], 10_000);
    host.call.host.remove(keyOf(host, "Bob"));
    await world.time.until(() => host.snapshot().hosting?.undo !== undefined, 3_000);
    host.call.host.undoRemove();
    await world.time.pass(2_000);
    expect(host.snapshot().hosting).toMatchObject({ mode: "open", bans: [], undo: undefined });
    expect(deeds(host).slice(-2)).toEqual(["You unbanned Bob", "You knocking-off"]);
    out.crash();
    const again = await world.open(bob, { link: await linkOf(host) });
    again.call.join();
    await expectTogetherSoon(world, [host, again], 10_000);
    host.call.host.remove(keyOf(host, "Bob"));
    await world.time.until(() => host.snapshot().hosting?.undo !== undefined, 3_000);
    await world.time.pass(10_000);
    expect(host.snapshot().hosting?.undo).toBeUndefined();
  });

  it("a ban is lifted from the list", async () => {
    const bob = createFakeProfile("Bob");
    const host = await enter(world.host);
    await expectTogetherSoon(world, [host, await enter(bob)], 10_000);
    host.call.host.remove(keyOf(host, "Bob"));
    await world.time.until(() => host.snapshot().hosting?.bans.length === 1, 3_000);
    host.call.host.unban(host.snapshot().hosting?.bans[0]?.key ?? "");
    await world.time.until(() => host.snapshot().hosting?.bans.length === 0, 3_000);
  });

  it("[ROTATE-2] a new link takes the place of the old one, for everybody in the call", async () => {
    const [host, bea] = await callOf("Bea");
    const before = host.snapshot().link;
    host.call.host.newLink();
    await world.time.pass(2_000);
    expect(host.snapshot().link).not.toBe(before);
    expect(bea?.snapshot()).toMatchObject({ link: host.snapshot().link, phase: "live" });
    const late = await world.open(createFakeProfile("Late"));
    await world.time.pass(2_000);
    expect(late.snapshot()).toMatchObject({ phase: "lobby", failure: "link-replaced" });
    (bea as Page).line.drop();
    await world.time.pass(5_000);
    const cem = await world.open(createFakeProfile("Cem"), { link: await linkOf(host) });
    cem.call.join();
    await expectTogetherSoon(world, [host, bea as Page, cem], 10_000);
  });

  it("[HOST-7] who is asked to mute does, and is told by whom; a member's word mutes nobody", async () => {
    const [host, bea, cem] = (await callOf("Bea", "Cem")) as [Page, Page, Page];
    await bea.media.turn("microphone", true);
    await world.time.pass(1_000);
    cem.call.host.mute(keyOf(cem, "Bea"));
    await world.time.pass(1_000);
    expect(bea.media.state().microphone.phase).toBe("on");
    host.call.host.mute(keyOf(host, "Bea"));
    await world.time.pass(1_000);
    expect(bea.media.state().microphone.phase).toBe("off");
    expect(bea.notices).toContainEqual({ type: "muted-by", name: "Host" });
    await bea.media.turn("microphone", true);
    expect(bea.media.state().microphone.phase).toBe("on");
  });

  it("[HOST-5] a co-host is made and unmade, may let people in meanwhile, and not remove the host", async () => {
    const [host, bea] = (await callOf("Bea")) as [Page, Page];
    host.call.host.setMode("knock");
    host.call.host.setCoHost(keyOf(host, "Bea"), true);
    await world.time.until(() => bea.snapshot().hosting?.role === "co-host", 5_000);
    expect(deeds(bea).at(-1)).toBe("Host made-co-host you");
    const cem = await world.open(createFakeProfile("Cem"));
    cem.call.join();
    await world.time.until(() => bea.snapshot().hosting?.waiting.length === 1, 5_000);
    bea.call.host.remove(keyOf(bea, "Host"));
    await world.time.pass(1_000);
    expect(failures(bea)).toEqual(["commit-not-allowed"]);
    bea.call.host.admitAll();
    await expectTogetherSoon(world, [host, bea, cem], 10_000);
    host.call.host.setCoHost(keyOf(host, "Bea"), false);
    await world.time.until(() => bea.snapshot().hosting === undefined, 5_000);
    expect(deeds(bea).at(-1)).toBe("Host unmade-co-host you");
    bea.call.host.setLocked(true);
    await world.time.pass(1_000);
    expect(failures(bea)).toEqual(["commit-not-allowed", "not-host"]);
    await expectTogether([host, bea, cem]);
  });

  it("[END-3] the end for all is the host's alone, and everybody is told that it was", async () => {
    const pages = await callOf("Bea", "Cem");
    const [host, bea] = pages as readonly [Page, Page];
    bea.call.host.endForAll();
    await world.time.pass(1_000);
    await expectTogether(pages);
    host.call.host.endForAll();
    await world.time.pass(1_000);
    for (const page of pages)
      expect(page.snapshot()).toMatchObject({ phase: "left", endedForAll: true });
    bea.call.again();
    await world.time.pass(1_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", endedForAll: false });
  });

  it("two hosts' changes at one moment both come to hold", async () => {
    const [host, bea] = (await callOf("Bea")) as [Page, Page];
    host.call.host.setCoHost(keyOf(host, "Bea"), true);
    await world.time.until(() => bea.snapshot().hosting?.role === "co-host", 5_000);
    host.call.host.setLocked(true);
    bea.call.host.setMode("knock");
    await world.time.pass(8_000);
    expect(host.snapshot().hosting).toMatchObject({ locked: true, mode: "knock" });
    expect(bea.snapshot().hosting).toMatchObject({ locked: true, mode: "knock" });
    await expectTogether([host, bea]);
  });

  it("[HOST-5] a host link makes whoever opens it a host, until it is withdrawn", async () => {
    const host = await enter(world.host);
    host.call.host.makeHostLink("host");
    await world.time.until(() => host.snapshot().hostLink !== undefined, 5_000);
    expect(host.snapshot().hosting?.hostLinks).toMatchObject([{ role: "host", isTaken: false }]);
    const { pathname, hash } = new URL(host.snapshot().hostLink ?? "");
    const link = await parseLink(pathname, hash);
    if (!link.ok) throw new Error(link.error.code);
    const other = await world.open(createFakeProfile("Other"), { link: link.value });
    expect(other.snapshot().address).toBeUndefined();
    other.call.join();
    await expectTogetherSoon(world, [host, other], 10_000);
    expect(other.snapshot()).toMatchObject({
      link: host.snapshot().link,
      address: new URL(host.snapshot().link).pathname + new URL(host.snapshot().link).hash,
      hosting: { role: "host" },
    });
    const serial = host.snapshot().hosting?.hostLinks[0]?.serial ?? 0;
    host.call.host.withdraw(serial);
    await world.time.until(() => other.snapshot().hosting === undefined, 5_000);
    other.line.drop();
    await expectTogetherSoon(world, [host, other], 10_000);
  });

  it("the call's size is the host's to set", async () => {
    const [host, bea] = (await callOf("Bea")) as [Page, Page];
    host.call.host.setCapacity(2);
    await world.time.pass(1_000);
    expect(deeds(bea)).toEqual(["Host capacity"]);
    const cem = await world.open(createFakeProfile("Cem"));
    cem.call.join();
    await world.time.pass(2_000);
    expect(cem.snapshot()).toMatchObject({ phase: "lobby", failure: "call-full" });
  });
});
