import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeCbor } from "../../protocol/cbor.ts";
import type { LeafIndex } from "../../protocol/ids.ts";
import { pairMessageCodec } from "../../protocol/pair.ts";
import type { MlsEngine, MlsGroup } from "../../web/core/mls-engine.ts";
import type { OpenRoomSocket } from "../../web/core/room-socket.ts";
import { createMlsEngine } from "../../web/crypto-worker/mls/create-mls-engine.ts";
import { secretsOf } from "../../web/crypto-worker/mls/group.ts";
import { deriveEpochKeys } from "../../web/crypto-worker/session/epoch-keys.ts";
import { sealSignal } from "../../web/crypto-worker/session/signal-seal.ts";
import { expectTogether, expectTogetherSoon } from "../support/call-checks.ts";
import { type CallWorld, createCallWorld, type PageWishes } from "../support/call-world.ts";
import { altered, enter, failures, names, selfOf, withCrypto } from "../support/hostile-world.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

describe("a member with a changed client", { timeout: 30_000 }, () => {
  it("[LOG-2] [LOG-5] a member commits rubbish: all refuse it, and the call goes on without its maker", async () => {
    const mallory = await enter(
      world,
      "Mallory",
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

  it("[LOG-3] a member calls every commit refused: nobody is moved, and people come and go", async () => {
    const [ada, bea, dan] = await world.joined("Ada", "Bea", "Dan");
    const mallory = await enter(world, "Mallory", {
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

  it("[SIGN-10] a member says a goodbye that their leaf did not sign: it removes nobody; silence does", async () => {
    const mallory = await enter(
      world,
      "Mallory",
      withCrypto((crypto) => ({ sealBye: async () => altered(await crypto.sealBye()) })),
    );
    const [ada, bea] = await world.joined("Ada", "Bea");
    mallory.leave();
    await world.time.pass(5_000);
    expect(ada.others()).toHaveLength(2);
    await expectTogetherSoon(world, [ada, bea], 60_000);
    expect(ada.notices.at(-1)).toEqual({ type: "lost", name: "Mallory" });
  });

  it("[PAIR-2] a member begins a data channel with a hello of another: it is closed, and it is told", async () => {
    const mallory = await enter(world, "Mallory");
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

  it("[NEG-3] a member describes a connection by another certificate than their leaf's, a second machine in the middle: it is not taken, and it is told", async () => {
    const mallory = await enter(world, "Mallory");
    mallory.peer.lie();
    const [ada, bea] = await world.joined("Ada", "Bea");
    for (const page of [ada, bea]) {
      expect(failures(page)).toEqual(["fingerprint-mismatch"]);
      expect(page.others().find(({ name }) => name === "Mallory")?.link).toBe("failed");
      expect(page.others().filter(({ link }) => link === "connected")).toHaveLength(1);
    }
  });

  it("[PAIR-2] a member says something before the hello on a data channel: it is read by nobody, and it is told", async () => {
    const mallory = await enter(world, "Mallory");
    mallory.peer.garble(() => pairMessageCodec.encode({ type: "alive" }));
    const [ada] = await world.joined("Ada");
    expect(failures(ada)).toEqual(["fingerprint-mismatch"]);
  });

  /** A client whose MLS is open to its owner. */
  function openEngine(): { readonly wishes: PageWishes; readonly group: () => MlsGroup } {
    let latest: MlsGroup | undefined;
    const wishes: PageWishes = {
      engine: (engine): MlsEngine => ({
        ...engine,
        exportSecret: (group, ...rest) => {
          latest = group;
          return engine.exportSecret(group, ...rest);
        },
      }),
    };
    return {
      wishes,
      group: () => {
        if (latest === undefined) throw new Error("expected a group");
        return latest;
      },
    };
  }

  it("[SIGNAL-3, SIGN-11] a member signs an offer as another: it opens for nobody, and the other's link stays", async () => {
    const [ada] = await world.joined("Ada");
    const codes: string[] = [];
    const bea = await enter(
      world,
      "Bea",
      withCrypto((crypto) => ({
        openSignal: async (signal) => {
          const opened = await crypto.openSignal(signal);
          if (!opened.ok) codes.push(opened.error.code);
          return opened;
        },
      })),
    );
    const { wishes, group } = openEngine();
    let say: (signal: Uint8Array<ArrayBuffer>) => void = () => {};
    const mallory = await enter(world, "Mallory", {
      ...wishes,
      ports: ({ openSocket }) => ({
        openSocket: (listener) => {
          const socket = openSocket(listener);
          say = (signal) => socket.send({ type: "signal", to: selfOf(bea), signal });
          return socket;
        },
      }),
    });
    await expectTogether([ada, bea, mallory]);
    const before = bea.peer.open();
    const { self } = secretsOf(group());
    for (const type of ["offer", "answer"] as const) {
      say(
        await sealSignal({
          roomId: world.link.roomId,
          // Every member has the key of the epoch; only Ada's leaf has Ada's.
          keys: { ...(await deriveEpochKeys(createMlsEngine(), group())), ownLeaf: 0 as LeafIndex },
          identity: { privateKey: self.signingKey, publicKey: self.identityKey },
          toLeaf: 1 as LeafIndex,
          sequence: 1_000,
          body: { type: "description", descriptionType: type, connection: 9, sdp: "{}" },
        }),
      );
      await world.time.pass(1_000);
    }
    expect(codes).toEqual(["signal-forged", "signal-forged"]);
    expect(bea.peer.open()).toEqual(before);
    await expectTogether([ada, bea, mallory]);
  });

  /** Says of itself what the codec would not write. */
  const sayingOfOneself = (name: string): PageWishes =>
    withCrypto((crypto) => ({
      sealCast: () =>
        crypto.sealCast(
          encodeCbor(
            new Map<number, number | string>([
              [1, 7],
              [2, "state"],
              [3, name],
            ]),
          ),
        ),
    }));

  async function isNoName(name: string): Promise<void> {
    const [ada] = await world.joined("Ada");
    const mallory = await enter(world, "", sayingOfOneself(name));
    const [bea] = await world.joined("Bea");
    await world.time.pass(2_000);
    for (const [page, other] of [
      [ada, "Bea"],
      [bea, "Ada"],
    ] as const) {
      expect(names(page)).toEqual(["?", other]);
      expect(page.others().every(({ link }) => link === "connected")).toBe(true);
      expect(failures(page)).toEqual([]);
    }
    expect(mallory.snapshot().phase).toBe("live");
  }

  it("[CAST-1] a member takes a name that turns the text around it (bidi): it is shown to nobody", () =>
    isNoName("Ada \u202Egnp.exe"));

  it("[CAST-1] a member takes a name with characters nobody sees, to look like another: it is shown to nobody", () =>
    isNoName("Ada\u2060"));

  it("[CAST-1] a member takes a name of two lines, to forge what is announced: it is shown to nobody", () =>
    isNoName("Ada\nBea left"));

  it("[CAST-1] a member takes another's name in another spelling (not NFC): it is shown to nobody", () =>
    isNoName("Ade\u0301"));

  it("[CAST-1] a member takes a name of 30,000 characters: it is shown to nobody, and the call goes on", () =>
    isNoName("A".repeat(30_000)));

  it("[ROOM-8] a member floods the room: their socket is closed, and what the others say arrives at once", async () => {
    let flood = (): void => {};
    const mallory = await enter(world, "Mallory", {
      ports: ({ openSocket }) => ({
        openSocket: (listener) => {
          const socket = openSocket(listener);
          flood = () => {
            for (let count = 0; count < 2_000; count += 1)
              socket.send({ type: "is-gone", memberId: selfOf(mallory) });
          };
          return socket;
        },
      }),
    });
    const [ada, bea] = await world.joined("Ada", "Bea");
    flood();
    ada.call.setName("Ada Augusta");
    await world.time.pass(200);
    expect(names(bea)).toContain("Ada Augusta");
    expect(failures(mallory)).toContain("flood");
    await world.time.pass(2_000);
    expect([ada, bea].flatMap(failures)).toEqual([]);
    for (const page of [ada, bea])
      expect(page.others().filter(({ link }) => link === "connected").length).toBeGreaterThan(0);
  });
});
