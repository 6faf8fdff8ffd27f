import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pairMessageCodec } from "../../../protocol/pair.ts";
import type { CallCrypto } from "../../../web/core/call-crypto.ts";
import type { OpenRoomSocket } from "../../../web/core/room-socket.ts";
import { expectTogether, expectTogetherSoon } from "../../support/call-checks.ts";
import { createCallWorld, type CallWorld, type Page } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

type Bytes = Uint8Array<ArrayBuffer>;

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const room = () => world.network.room(world.link.roomId);
const failures = ({ notices }: Page): readonly string[] =>
  notices.flatMap((notice) => (notice.type === "failure" ? [notice.code] : []));
const altered = (bytes: Bytes): Bytes => bytes.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
const isSending = (page: Page): boolean => page.peer.open().some(({ tracks }) => tracks.size > 0);

/** Somebody who is in the call first, and whose page was tampered with. */
async function openMallory(change: Parameters<CallWorld["open"]>[1]): Promise<Page> {
  const mallory = await world.open(createFakeProfile("Mallory"), change);
  mallory.call.join();
  await world.time.pass(1_000);
  expect(mallory.snapshot().phase).toBe("live");
  return mallory;
}

const withCrypto = (change: (crypto: CallCrypto) => Partial<CallCrypto>) => ({
  crypto: (crypto: CallCrypto): CallCrypto => ({ ...crypto, ...change(crypto) }),
});

describe("a member who lies", { timeout: 30_000 }, () => {
  it("[LOG-2] [LOG-5] a commit that is rubbish is refused by all, and the call goes on without its maker", async () => {
    const mallory = await openMallory(
      withCrypto((crypto) => ({
        prepareCommit: async (commit) => {
          const made = await crypto.prepareCommit(commit);
          return made.ok
            ? { ok: true, value: { ...made.value, commit: altered(made.value.commit) } }
            : made;
        },
      })),
    );
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    await expectTogether([mallory, ada, bea, cem]);
    // The lowest leaf commits the goodbye: that is Mallory.
    cem.leave();
    await world.time.pass(10_000);
    expect(mallory.snapshot().phase).toBe("reconnecting");
    for (const page of [ada, bea]) {
      expect(page.others().map(({ name }) => name)).not.toContain("Cem");
      expect(page.others().filter(({ link }) => link === "connected")).toHaveLength(1);
    }
    // Paused for a minute, then let in again: nobody can know that it was malice.
    await expectTogetherSoon(world, [mallory, ada, bea], 90_000);
  });

  it("[LOG-3] who calls every commit refused moves nobody", async () => {
    const [ada, bea, dan] = await world.joined("Ada", "Bea", "Dan");
    const mallory = await openMallory({
      ports: ({ openSocket }) => ({
        openSocket: ((listener) => {
          const socket = openSocket(listener);
          return {
            ...socket,
            send: (message) =>
              socket.send(message.type === "applied" ? { ...message, type: "refused" } : message),
          };
        }) satisfies OpenRoomSocket,
      }),
    });
    const [cem] = await world.joined("Cem");
    await expectTogetherSoon(world, [mallory, ada, bea, cem, dan], 10_000);
    cem.leave();
    await expectTogetherSoon(world, [mallory, ada, bea, dan], 10_000);
    bea.crash();
    await expectTogetherSoon(world, [mallory, ada, dan], 60_000);
  });

  it("[SIGN-10] a goodbye that the leaf did not sign removes nobody; silence does", async () => {
    const mallory = await openMallory(
      withCrypto((crypto) => ({ sealBye: async () => altered(await crypto.sealBye()) })),
    );
    const [ada, bea] = await world.joined("Ada", "Bea");
    mallory.leave();
    await world.time.pass(5_000);
    expect(ada.others()).toHaveLength(2);
    await expectTogetherSoon(world, [ada, bea], 60_000);
    expect(ada.notices.at(-1)).toEqual({ type: "lost", name: "Mallory" });
  });

  it("[PAIR-2] a data channel that begins with another's hello is closed, and it is told", async () => {
    const mallory = await openMallory({});
    mallory.peer.garble((bytes) => {
      const message = pairMessageCodec.decode(bytes);
      return message.ok && message.value.type === "hello"
        ? pairMessageCodec.encode({ ...message.value, mac: new Uint8Array(32) })
        : bytes;
    });
    const [ada] = await world.joined("Ada");
    expect(failures(ada)).toEqual(["fingerprint-mismatch"]);
    expect(ada.others().map(({ link }) => link)).toEqual(["failed"]);
    expect(ada.bound.size).toBe(0);
  });

  it("[NEG-3] a description with another certificate than the leaf's is not taken", async () => {
    const mallory = await openMallory({});
    mallory.peer.lie();
    const [ada, bea] = await world.joined("Ada", "Bea");
    for (const page of [ada, bea]) {
      expect(failures(page)).toEqual(["fingerprint-mismatch"]);
      expect(page.others().find(({ name }) => name === "Mallory")?.link).toBe("failed");
      expect(page.others().filter(({ link }) => link === "connected")).toHaveLength(1);
    }
  });

  it("[PAIR-2] what comes before a hello on a data channel is read by nobody", async () => {
    const mallory = await openMallory({});
    mallory.peer.garble(() => pairMessageCodec.encode({ type: "alive" }));
    const [ada] = await world.joined("Ada");
    expect(failures(ada)).toEqual(["fingerprint-mismatch"]);
  });
});

describe("a room that lies", { timeout: 30_000 }, () => {
  it("[PAIR-3] two logs shown to two members are a fork: media stops between them, and both are told", async () => {
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

  it("an old GroupInfo, handed to a newcomer, is confirmed by nobody: no media, and it is told", async () => {
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

  it("entries in the wrong order, twice, or left out are asked for again", async () => {
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

  it("[SIGNAL-3] signals that the room alters or brings twice do nothing", async () => {
    world.network.tamper((_, message) =>
      message.type === "signal" && world.random() < 0.2
        ? { ...message, signal: altered(message.signal) }
        : message,
    );
    const pages = await world.joined("Ada", "Bea", "Cem");
    await expectTogetherSoon(world, pages, 60_000);
  });

  it("who lags behind is in no fork", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    bea.line.freeze();
    const [cem] = await world.joined("Cem");
    await world.time.pass(5_000);
    expect([ada, bea, cem].flatMap(failures)).toEqual([]);
    expect(bea.others()[0]?.link).toBe("connected");
    bea.line.restore();
    await expectTogetherSoon(world, [ada, bea, cem], 20_000);
  });
});
