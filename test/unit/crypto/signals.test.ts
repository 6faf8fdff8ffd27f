import { describe, expect, it } from "vitest";
import { concat } from "../../../protocol/bytes.ts";
import type { Epoch, LeafIndex } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { pairMessageCodec } from "../../../protocol/pair.ts";
import { type SealedSignal, sealedSignalCodec, type SignalBody } from "../../../protocol/signal.ts";
import type { MlsMember } from "../../../web/core/mls-engine.ts";
import { makeSigningKey, type SigningKey } from "../../../web/crypto-worker/keys/signing-key.ts";
import type { EpochKeys } from "../../../web/crypto-worker/session/epoch-keys.ts";
import { checkHello, makeHello } from "../../../web/crypto-worker/session/pair-hello.ts";
import { openSealedSignal, sealSignal } from "../../../web/crypto-worker/session/signal-seal.ts";
import { callOf, enterRoom, join, nth, offerOf, take, unwrap } from "./members.ts";

const leaf = (index: number): LeafIndex => index as LeafIndex;
const body: SignalBody = { type: "description", descriptionType: "offer", sdp: "v=0" };
const to = (index: number, pending = false) => ({ toLeaf: leaf(index), body, pending });

function altered(signal: Uint8Array, change: Partial<SealedSignal>): Uint8Array<ArrayBuffer> {
  return sealedSignalCodec.encode({ ...unwrap(sealedSignalCodec.decode(signal)), ...change });
}

describe("signals between two of a call", () => {
  it("[SIGNAL-2] arrive with the name of their sender, leaf and member", async () => {
    const call = await callOf(3);
    const sealed = await nth(call, 1).crypto.sealSignal(to(2));
    const opened = unwrap(await nth(call, 2).crypto.openSignal(sealed));
    expect(opened).toEqual({ fromLeaf: 1, from: nth(call, 1).memberId, body });
  });

  it("[SIGNAL-1] are taken once, and never out of order", async () => {
    const call = await callOf(2);
    const [sender, receiver] = [nth(call, 0), nth(call, 1)];
    const signals = [await sender.crypto.sealSignal(to(1)), await sender.crypto.sealSignal(to(1))];
    const [first, second] = signals as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    expect(await receiver.crypto.openSignal(second)).toMatchObject({ ok: true });
    expect(await receiver.crypto.openSignal(second)).toMatchObject({
      error: { code: "signal-replayed" },
    });
    expect(await receiver.crypto.openSignal(first)).toMatchObject({
      error: { code: "signal-replayed" },
    });
  });

  it("[SIGNAL-3] open for nobody when any part of their header is changed", async () => {
    const call = await callOf(3);
    const sealed = await nth(call, 0).crypto.sealSignal(to(1));
    const receiver = nth(call, 1).crypto;
    const codeOf = async (change: Partial<SealedSignal>): Promise<unknown> =>
      receiver.openSignal(altered(sealed, change));
    expect(await codeOf({ fromLeaf: leaf(2) })).toMatchObject({
      error: { code: "signal-unopened" },
    });
    expect(await codeOf({ sequence: 9 })).toMatchObject({ error: { code: "signal-unopened" } });
    expect(await codeOf({ toLeaf: leaf(2) })).toMatchObject({ error: { code: "signal-unopened" } });
    expect(await codeOf({ epoch: 99 as Epoch })).toMatchObject({
      error: { code: "signal-epoch-unknown" },
    });
    expect(await receiver.openSignal(new Uint8Array(5))).toMatchObject({
      error: { code: "signal-malformed" },
    });
    // A number that was never authentic shuts nobody out.
    expect(await receiver.openSignal(sealed)).toMatchObject({ ok: true });
    expect(await nth(call, 2).crypto.openSignal(sealed)).toMatchObject({
      error: { code: "signal-unopened" },
    });
  });

  it("of a pending commit open once it counts, and go on counting after", async () => {
    const call = await callOf(1);
    const host = nth(call, 0);
    const newcomer = await enterRoom(call.room);
    const pending = unwrap(await newcomer.crypto.prepareJoin(offerOf(call)));
    const early = await newcomer.crypto.sealSignal(to(0, true));
    expect(await host.crypto.openSignal(early)).toMatchObject({
      error: { code: "signal-epoch-unknown" },
    });
    await take(call, newcomer, pending);
    const late = await newcomer.crypto.sealSignal(to(0));
    expect(await host.crypto.openSignal(early)).toMatchObject({ ok: true });
    expect(await host.crypto.openSignal(late)).toMatchObject({ ok: true });
  });

  it("of an epoch just left still open; of one removed no longer", async () => {
    const call = await callOf(3);
    const [host, second, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const [late, lastWords] = [
      await second.crypto.sealSignal(to(0)),
      await third.crypto.sealSignal(to(0)),
    ];
    const pending = unwrap(await host.crypto.prepareCommit({ kind: "gone", leaves: [leaf(2)] }));
    await take({ ...call, members: [host, second] }, host, pending);
    expect(await host.crypto.openSignal(late)).toMatchObject({ ok: true });
    expect(await host.crypto.openSignal(lastWords)).toMatchObject({
      error: { code: "signal-unopened" },
    });
  });

  it("go to another leaf of the group, or are a mistake", async () => {
    const call = await callOf(2);
    await expect(nth(call, 0).crypto.sealSignal(to(0))).rejects.toThrow("another leaf");
    await expect(nth(call, 0).crypto.sealSignal(to(7))).rejects.toThrow("another leaf");
    await expect(nth(call, 0).crypto.sealSignal(to(1, true))).rejects.toThrow("nothing is pending");
  });
});

/** One epoch's keys as every member of a made-up group of leaves 0 to 2 holds them. */
async function epochOf(fingerprints: readonly number[] = [10, 11, 12]) {
  const raw = new Uint8Array(32).fill(5);
  const identities = await Promise.all(fingerprints.map(() => makeSigningKey()));
  const members = new Map(
    identities.map((identity, index): [LeafIndex, MlsMember] => [
      leaf(index),
      {
        leaf: leaf(index),
        memberId: `member-${index}` as MlsMember["memberId"],
        identityKey: identity.publicKey,
        dtlsFingerprint: new Uint8Array(32).fill(fingerprints[index] ?? 0),
        ticketKey: new Uint8Array(32),
        encryptionKey: new Uint8Array(32),
        credential: new Uint8Array(),
      },
    ]),
  );
  const mac = { name: "HMAC", hash: "SHA-256" };
  const macKey = await crypto.subtle.importKey("raw", raw, mac, false, ["sign", "verify"]);
  const shared = {
    groupId: "BBBBBBBBBBBBBBBBBBBBBA" as EpochKeys["groupId"],
    epoch: 4 as Epoch,
    members,
    signalKey: await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]),
    pairKey: macKey,
    codeKey: macKey,
    frameKey: await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits"]),
    statement: { epoch: 4 as Epoch, transcript: raw, fork: raw },
  };
  const keysOf = (index: number): EpochKeys => ({ ...shared, ownLeaf: leaf(index) });
  return { keysOf, members, identities: identities as [SigningKey, SigningKey, SigningKey] };
}
const roomId = "CCCCCCCCCCCCCCCCCCCCCA" as Parameters<typeof sealSignal>[0]["roomId"];

describe("another member, who has every key of the epoch", () => {
  it("[SIGNAL-3] can't speak as somebody else", async () => {
    const { keysOf, members, identities } = await epochOf();
    // Leaf 1 seals as leaf 0, and signs with the only key it has.
    const forged = await sealSignal({
      roomId,
      keys: keysOf(0),
      identity: identities[1],
      toLeaf: leaf(2),
      sequence: 1,
      body,
    });
    const sender = members.get(leaf(0)) as MlsMember;
    const signal = unwrap(sealedSignalCodec.decode(forged));
    expect(await openSealedSignal({ roomId, keys: keysOf(2), sender, signal })).toEqual({
      ok: false,
      error: { code: "signal-forged" },
    });
    const honest = await sealSignal({
      roomId,
      keys: keysOf(0),
      identity: identities[0],
      toLeaf: leaf(2),
      sequence: 1,
      body,
    });
    const opened = await openSealedSignal({
      roomId,
      keys: keysOf(2),
      sender,
      signal: unwrap(sealedSignalCodec.decode(honest)),
    });
    expect(opened).toEqual({ ok: true, value: body });
  });

  it("[PAIR-2] can't greet for another connection: the MAC names both certificates, in their order", async () => {
    const { keysOf } = await epochOf();
    const hello = await makeHello(roomId, keysOf(0), leaf(1));
    const at = (keys: EpochKeys) => (epoch: Epoch) => (epoch === keys.epoch ? keys : undefined);
    expect(await checkHello(roomId, at(keysOf(1)), leaf(0), hello)).toBe(true);
    expect(await checkHello(roomId, at(keysOf(2)), leaf(0), hello)).toBe(false);
    expect(await checkHello(roomId, at(keysOf(1)), leaf(2), hello)).toBe(false);
    expect(await checkHello(roomId, at(keysOf(0)), leaf(1), hello)).toBe(false);
    const otherCertificate = await epochOf([99, 11, 12]);
    expect(await checkHello(roomId, at(otherCertificate.keysOf(1)), leaf(0), hello)).toBe(false);
  });

  it("[MAC-1] is HMAC-SHA-256 over label, room, group, epoch, leaves and fingerprints", async () => {
    const { keysOf } = await epochOf();
    const keys = keysOf(0);
    const hello = unwrap(pairMessageCodec.decode(await makeHello(roomId, keys, leaf(1))));
    const fingerprint = (byte: number) => new Uint8Array(32).fill(byte);
    const bound = boundBytes(
      LABELS.pair,
      roomId,
      keys.groupId,
      4,
      0,
      1,
      fingerprint(10),
      fingerprint(11),
    );
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", keys.pairKey, bound));
    expect(hello).toEqual({ type: "hello", mac, epoch: 4 });
  });
});

describe("hellos of a real call", () => {
  it("[PAIR-2] hold between the two they name, at every epoch that is held", async () => {
    const call = await callOf(3);
    const [first, second, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const hello = await first.crypto.pairHello(leaf(1));
    expect(await second.crypto.checkPairHello(leaf(0), hello)).toBe(true);
    expect(await third.crypto.checkPairHello(leaf(0), hello)).toBe(false);
    await join(call, await enterRoom(call.room));
    expect(await second.crypto.checkPairHello(leaf(0), hello)).toBe(true);
    expect(await second.crypto.checkPairHello(leaf(0), concat(hello, hello))).toBe(false);
    await expect(first.crypto.pairHello(leaf(9))).rejects.toThrow("a leaf of the group");
  });
});

describe("casts", () => {
  it("[CAST-1] open for every other member, once, with the sender's name", async () => {
    const call = await callOf(3);
    const content = new TextEncoder().encode("hello all");
    const cast = await nth(call, 0).crypto.sealCast(content);
    for (const other of [nth(call, 1), nth(call, 2)]) {
      expect(unwrap(await other.crypto.openCast(cast))).toEqual({
        fromLeaf: 0,
        from: nth(call, 0).memberId,
        content,
      });
      expect(await other.crypto.openCast(cast)).toEqual({
        ok: false,
        error: { code: "cast-unopened" },
      });
    }
  });

  it("of the epoch before open for five seconds after a join, then no more", async () => {
    const call = await callOf(2);
    const [sender, receiver] = [nth(call, 0), nth(call, 1)];
    const casts = [
      await sender.crypto.sealCast(new Uint8Array([1])),
      await sender.crypto.sealCast(new Uint8Array([2])),
    ];
    await join(call, await enterRoom(call.room, { clock: call.clock }));
    call.clock.advance(4_999);
    expect(await receiver.crypto.openCast(casts[0] as Uint8Array<ArrayBuffer>)).toMatchObject({
      ok: true,
    });
    call.clock.advance(1);
    expect(await receiver.crypto.openCast(casts[1] as Uint8Array<ArrayBuffer>)).toMatchObject({
      ok: false,
    });
  });

  it("of another call do not open", async () => {
    const [call, other] = [await callOf(2), await callOf(2)];
    const cast = await nth(other, 0).crypto.sealCast(new Uint8Array([1]));
    expect(await nth(call, 1).crypto.openCast(cast)).toEqual({
      ok: false,
      error: { code: "cast-unopened" },
    });
  });
});
