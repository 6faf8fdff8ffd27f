import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Epoch, MemberId, Seq } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import { epochOf, expectTogether, expectTogetherSoon } from "../support/call-checks.ts";
import { type CallWorld, createCallWorld, type Page } from "../support/call-world.ts";
import { createFakeProfile } from "../support/fake-profile.ts";
import {
  altered,
  enter,
  enterWithFrames,
  failures,
  isSending,
  listen,
  names,
  notingRefusals,
  selfOf,
  withCrypto,
} from "../support/hostile-world.ts";

type Entry = Extract<RoomMessage, { readonly type: "entry" }>;

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const room = () => world.network.room(world.link.roomId);
const honest = (): void => world.network.tamper((_, message) => message);
const rubbish = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(900));

describe("a room that is not honest", { timeout: 30_000 }, () => {
  it("[PAIR-3] the room forks the group, by two logs for two members: media stops between them, and both are told", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    for (const page of [ada, bea]) page.call.turn("camera", true);
    await world.time.pass(1_000);
    expect([ada, bea].map(isSending)).toEqual([true, true]);
    const branch = room().branch();
    bea.line.moveTo(branch);
    const cem = await world.open(createFakeProfile("Cem"));
    const dan = await world.open(createFakeProfile("Dan"));
    dan.line.moveTo(branch);
    await world.time.until(() => cem.snapshot().ready && dan.snapshot().ready, 5_000);
    cem.call.join();
    dan.call.join();
    await world.time.pass(2_000);
    for (const [page, other] of [
      [ada, "Bea"],
      [bea, "Ada"],
    ] as const) {
      expect(failures(page)).toEqual(["group-forked"]);
      expect(page.others().find(({ name }) => name === other)?.link).toBe("forked");
      const link = page.peer
        .open()
        .find(({ isConnected, tracks }) => isConnected() && tracks.size === 0);
      expect(link).toBeDefined();
      expect(page.bound.has(link?.linkId ?? "")).toBe(false);
      expect(page.bound.size).toBe(1);
    }
  });

  it("[PAIR-3, LOG-7] the room hands a newcomer an old GroupInfo: nobody confirms it, no media flows, and it is told", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const old = room().branch();
    const [cem] = await world.joined("Cem");
    const dan = await world.open(createFakeProfile("Dan"));
    dan.call.turn("camera", true);
    dan.line.moveTo(old);
    await world.time.until(() => dan.snapshot().ready, 5_000);
    dan.call.join();
    await world.time.pass(9_000);
    expect(failures(dan)).toEqual([]);
    await world.time.pass(2_500);
    expect(failures(dan)).toEqual(["group-not-confirmed"]);
    expect(isSending(dan)).toBe(false);
    expect(dan.others().every(({ link }) => link === "not-reached")).toBe(true);
    await expectTogether([ada, bea, cem]);
  });

  it("[LOG-9] the room leaves an entry out: it is asked for again", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    let isDropping = true;
    world.network.tamper((_, message) => {
      if (message.type !== "entry" || !isDropping) return message;
      isDropping = false;
      return undefined;
    });
    const [cem] = await world.joined("Cem");
    const [dan] = await world.joined("Dan");
    await expectTogetherSoon(world, [ada, bea, cem, dan], 20_000);
  });

  it("[SIGNAL-2] the room alters one signal in five: they do nothing, and what they carried is said again", async () => {
    world.network.tamper((_, message) =>
      message.type === "signal" && world.random() < 0.2
        ? { ...message, signal: altered(message.signal) }
        : message,
    );
    const pages = await world.joined("Ada", "Bea", "Cem");
    await expectTogetherSoon(world, pages, 60_000);
  });

  it("[PAIR-3] the network holds a member back: who lags is in no fork, and nobody is accused", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.line.freeze();
    const [cem] = await world.joined("Cem");
    await world.time.pass(5_000);
    expect([ada, bea, cem].flatMap(failures)).toEqual([]);
    expect(bea.others()[0]?.link).toBe("connected");
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea, cem], 20_000);
  });

  it("[MLS-9, PAIR-3] the room leads a newcomer into a call that is over: nobody of it confirms, no media flows, and it is told", async () => {
    const [first, second, third] = await world.joined("Ada", "Bea", "Cem");
    const over = room().branch();
    for (const page of [first, second, third]) page.close();
    await world.time.pass(1_000);
    const [ada, bea] = await world.joined("Ada", "Bea");
    const dan = await world.open(createFakeProfile("Dan"));
    dan.call.turn("camera", true);
    dan.line.moveTo(over);
    await world.time.until(() => dan.snapshot().ready, 5_000);
    dan.call.join();
    await world.time.pass(12_000);
    expect(failures(dan)).toEqual(["group-not-confirmed"]);
    expect(isSending(dan)).toBe(false);
    await expectTogether([ada, bea]);
  });

  it("[PAIR-3] the room and somebody who was in the call hold an old group open for a newcomer: one of three confirms, media stops, and it is told", async () => {
    const [ada, bea, mallory] = await world.joined("Ada", "Bea", "Mallory");
    const old = room().branch();
    mallory.line.moveTo(old);
    const [cem] = await world.joined("Cem");
    const dan = await world.open(createFakeProfile("Dan"));
    dan.call.turn("camera", true);
    dan.line.moveTo(old);
    await world.time.until(() => dan.snapshot().ready, 5_000);
    dan.call.join();
    await world.time.pass(12_000);
    expect(dan.others().find(({ name }) => name === "Mallory")?.link).toBe("connected");
    expect(failures(dan)).toEqual(["group-not-confirmed"]);
    expect(isSending(dan)).toBe(false);
    expect(dan.bound.size).toBe(0);
    for (const page of [ada, bea, cem]) expect(names(page)).not.toContain("Dan");
  });

  it("[MLS-9] the room and somebody who has the link make a call of their own: who is led there sees exactly who is in it, and none of those who are not", async () => {
    const own = room().branch();
    const mallory = await world.open(createFakeProfile("Mallory"));
    mallory.line.moveTo(own);
    await world.time.until(() => mallory.snapshot().ready, 5_000);
    mallory.call.join();
    await world.time.pass(1_000);
    const [ada, bea] = await world.joined("Ada", "Bea");
    world.network.tamper((_, message) =>
      message.type === "lobby" ? { ...message, inCall: 3 } : message,
    );
    const dan = await world.open(createFakeProfile("Dan"));
    dan.line.moveTo(own);
    await world.time.until(() => dan.snapshot().ready, 5_000);
    dan.call.join();
    await world.time.pass(5_000);
    expect(names(dan)).toEqual(["Mallory"]);
    await expectTogether([ada, bea]);
  });

  async function isNotJoined(groupInfo: Uint8Array<ArrayBuffer>, code: string): Promise<void> {
    const [ada, bea] = await world.joined("Ada", "Bea");
    world.network.tamper((_, message) =>
      message.type === "lobby" && message.groupInfo !== undefined
        ? { ...message, groupInfo }
        : message,
    );
    const dan = await world.open(createFakeProfile("Dan"));
    await world.time.pass(1_000);
    dan.call.join();
    await world.time.pass(3_000);
    expect(failures(dan)).toContain(code);
    expect(dan.snapshot().phase).not.toBe("live");
    expect(dan.line.sent()).not.toContain("commit");
    await expectTogether([ada, bea]);
  }

  it("[MLS-9] the room hands a newcomer rubbish for a GroupInfo: nothing is made of it, and it is told", () =>
    isNotJoined(rubbish(), "group-info-invalid"));

  it("[MLS-9, BIND-1] the room hands a newcomer the GroupInfo of another room's call: nothing is made of it, and it is told", async () => {
    const elsewhere = await createCallWorld(2);
    const [stranger] = await elsewhere.joined("Stranger");
    const { groupInfo } = await stranger.crypto.groupInfo();
    await elsewhere.end();
    await isNotJoined(groupInfo ?? new Uint8Array(), "group-info-other-link");
  });

  it("[LOG-2] the room adds a leaf, by a commit it made up: everybody refuses it, and the people stay who they were", async () => {
    const codes: string[] = [];
    const ada = await enter(world, "Ada", notingRefusals(codes));
    const bea = await enter(world, "Bea", notingRefusals(codes));
    const before = await epochOf(ada);
    const { epoch } = await ada.statement();
    for (const page of [ada, bea]) {
      const from = selfOf(ada);
      const commit = rubbish();
      room().say(selfOf(page), { type: "entry", seq: 2 as Seq, epoch, from, commit });
    }
    await world.time.pass(1_000);
    expect(codes).toEqual(["envelope-malformed", "envelope-malformed"]);
    expect(await Promise.all([ada, bea].map(epochOf))).toEqual([before, before]);
    expect(names(ada)).toEqual(["Bea"]);
  });

  it("[LOG-2] the room with the link joins without a word, to listen: everybody sees that somebody is there", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const ghost = await world.open(createFakeProfile(""), {
      crypto: (crypto) => ({ ...crypto, sealCast: () => Promise.resolve(rubbish()) }),
    });
    await world.time.until(() => ghost.snapshot().ready, 5_000);
    ghost.peer.vanish();
    ghost.call.join();
    await world.time.pass(11_000);
    for (const page of [ada, bea]) {
      expect(page.others()).toHaveLength(2);
      expect(names(page)).toContain("?");
      expect(page.notices).toContainEqual({ type: "joined", name: undefined });
    }
  });

  it("[LOG-2, BIND-1] the room replays commits, as they were and as of the present epoch: they move nobody, and who comes later is let in", async () => {
    const codes: string[] = [];
    const entries = listen(world, "entry");
    const ada = await enter(world, "Ada", notingRefusals(codes));
    const bea = await enter(world, "Bea");
    const cem = await enter(world, "Cem");
    const before = await epochOf(ada);
    const { epoch } = await ada.statement();
    const [old] = entries.map(({ message }) => message as Entry);
    if (old === undefined) throw new Error("expected an entry");
    for (const [seq, claimed] of [
      [3, old.epoch],
      [4, epoch],
      [5, (epoch + 1) as Epoch],
    ] as const)
      room().say(selfOf(ada), { ...old, seq: seq as Seq, epoch: claimed });
    await world.time.pass(1_000);
    expect(codes).toEqual(["commit-misplaced", "epoch-ahead"]);
    expect(await epochOf(ada)).toBe(before);
    const [dan] = await world.joined("Dan");
    await expectTogetherSoon(world, [ada, bea, cem, dan], 90_000);
  });

  it("[EPOCH-1, PAIR-7] the room keeps a Remove from one member: nothing more is sealed for the old epoch, its frames do not open any more, and who lags joins again", async () => {
    const [ada, bea, cem] = [
      await enterWithFrames(world, "Ada"),
      await enterWithFrames(world, "Bea"),
      await enterWithFrames(world, "Cem"),
    ];
    const to = selfOf(bea.page);
    world.network.tamper((socket, message) =>
      socket.memberId === to && ["entry", "entries", "commit-lost"].includes(message.type)
        ? undefined
        : message,
    );
    const kept = await bea.seal("Ada");
    cem.page.leave();
    await world.time.pass(2_500);
    expect(await ada.page.statement()).not.toEqual(await bea.page.statement());
    expect(await ada.open("Bea", kept)).toBe("frame-epoch-unknown");
    expect(await ada.open("Bea", await bea.seal("Ada"))).toBe("frame-epoch-unknown");
    await expectTogetherSoon(world, [ada.page, bea.page], 30_000);
    expect(await ada.open("Bea", await bea.seal("Ada"))).toBe("opened");
  });

  it("[LOG-3, LOG-5] the room wedges the log with rubbish, for as long as it likes: nobody's keys move, and the call goes on once it stops", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    world.network.tamper((_, message) =>
      message.type === "entry" ? { ...message, commit: rubbish() } : message,
    );
    const before = await epochOf(ada);
    const cem = await world.open(createFakeProfile("Cem"));
    await world.time.until(() => cem.snapshot().ready, 5_000);
    cem.call.join();
    await world.time.pass(30_000);
    expect(await epochOf(ada)).toBe(before);
    expect(ada.others().find(({ name }) => name === "Bea")?.link).toBe("connected");
    expect(names(ada)).toEqual(["Bea"]);
    honest();
    await expectTogetherSoon(world, [ada, bea, cem], 120_000);
  });

  it("[LOG-9] the room brings entries to one member late, twice and in the wrong order: all come to one epoch", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const held: Entry[] = [];
    const to = selfOf(bea);
    world.network.tamper((socket, message) => {
      if (message.type !== "entry" || socket.memberId !== to) return message;
      held.push(message);
      return undefined;
    });
    const cem = await enter(world, "Cem");
    const dan = await enter(world, "Dan");
    const eve = await enter(world, "Eve");
    expect(held.length).toBeGreaterThan(2);
    const links = bea.peer.open().map(({ id }) => id);
    honest();
    for (const entry of [...held.toReversed(), ...held]) room().say(to, entry);
    await expectTogetherSoon(world, [ada, bea, cem, dan, eve], 20_000);
    expect([ada, bea, cem, dan, eve].flatMap(failures)).toEqual([]);
    // Caught up by the entries, and not by joining again.
    expect(bea.peer.open().map(({ id }) => id)).toEqual(expect.arrayContaining(links));
  });

  it("[MLS-4, PAIR-4] the room keeps a goodbye to itself, and says that who left is there: nobody shows them as reached", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    world.network.tamper((_, message) => {
      if (message.type === "bye") return undefined;
      return message.type === "gone" ? { ...message, gone: false } : message;
    });
    cem.leave();
    await world.time.pass(20_000);
    for (const page of [ada, bea]) {
      const left = page.others().find(({ name }) => name === "Cem");
      expect(["reconnecting", "failed"]).toContain(left?.link);
    }
    honest();
    await expectTogetherSoon(world, [ada, bea], 60_000);
  });

  it("[PAIR-4] the room calls a member gone who is heard, asked or not: nobody is removed", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    const before = await epochOf(ada);
    for (const page of [ada, bea])
      room().say(selfOf(page), { type: "gone", memberId: selfOf(cem), gone: true });
    await world.time.pass(20_000);
    expect(await epochOf(ada)).toBe(before);
    await expectTogether([ada, bea, cem]);
  });

  it("[SIGN-10] the room says a goodbye again once who said it is back: they stay", async () => {
    const byes = listen(world, "bye");
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    cem.leave();
    await expectTogetherSoon(world, [ada, bea], 10_000);
    cem.call.again();
    cem.call.join();
    await expectTogetherSoon(world, [ada, bea, cem], 20_000);
    expect(byes.length).toBeGreaterThan(0);
    const before = await epochOf(ada);
    for (const { to, message } of byes) room().say(to, message);
    await world.time.pass(10_000);
    expect(await epochOf(ada)).toBe(before);
    await expectTogether([ada, bea, cem]);
  });

  it("[CAST-1, SIGNAL-3] the room names other senders than there are: who said what is in the seals, and all are together", async () => {
    const lie = "AAAAAAAAAAAAAAAAAAAAAA" as MemberId;
    world.network.tamper((_, message) => ("from" in message ? { ...message, from: lie } : message));
    const pages = await world.joined("Ada", "Bea", "Cem");
    await expectTogetherSoon(world, pages, 20_000);
    expect(pages.flatMap(failures)).toEqual([]);
  });

  it("[ROOM-5] the room lies about how many are there and whether a host is: in the call only the tree counts", async () => {
    world.network.tamper((_, message) =>
      message.type === "lobby" ? { ...message, inCall: 99, hostPresent: true } : message,
    );
    const [ada, bea] = await world.joined("Ada", "Bea");
    expect([names(ada), names(bea)]).toEqual([["Bea"], ["Ada"]]);
    await expectTogether([ada, bea]);
  });

  it("[SIGNAL-1, SIGNAL-2] the room brings every offer again, later, and to others than it was for: no link changes", async () => {
    const signals = listen(world, "signal");
    const opened: string[] = [];
    const noting = withCrypto((crypto) => ({
      openSignal: async (signal) => {
        const read = await crypto.openSignal(signal);
        if (read.ok) opened.push(read.value.body.type);
        return read;
      },
    }));
    const pages = [
      await enter(world, "Ada", noting),
      await enter(world, "Bea", noting),
      await enter(world, "Cem", noting),
    ];
    await expectTogether(pages);
    const links = (page: Page) => page.peer.open().map(({ id }) => id);
    const before = pages.map(links);
    opened.length = 0;
    expect(signals.length).toBeGreaterThan(5);
    for (const { message } of signals.slice())
      for (const page of pages) room().say(selfOf(page), message);
    await world.time.pass(20_000);
    expect(opened).toEqual([]);
    expect(pages.map(links)).toEqual(before);
    expect(pages.flatMap(failures)).toEqual([]);
    await expectTogether(pages);
  });
});
