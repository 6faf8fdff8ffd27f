import { beforeAll, describe, expect, it } from "vitest";
import { doorChangeCodec } from "../../../protocol/door-change.ts";
import { endBoundBytes, endCodec, verifyEnd } from "../../../protocol/end.ts";
import {
  hostProofBoundBytes,
  hostProofCodec,
  verifyHostProof,
} from "../../../protocol/host-proof.ts";
import { deriveMemberId, type GroupId, type RoomId } from "../../../protocol/ids.ts";
import { type Knock, knockBoundBytes, knockCodec, verifyKnock } from "../../../protocol/knock.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import {
  type Ticket,
  ticketBoundBytes,
  ticketCodec,
  verifyTicket,
} from "../../../protocol/ticket.ts";
import { damaged, delegate, newHost, newSigner, type Signer, signedBy } from "./signing.ts";

const groupId = "AQAAAAAAAAAAAAAAAAAAAA" as GroupId;
const otherGroup = "AgAAAAAAAAAAAAAAAAAAAA" as GroupId;
const otherRoom = "AwAAAAAAAAAAAAAAAAAAAA" as RoomId;
const bytes = (length: number, value = 1): Uint8Array<ArrayBuffer> =>
  new Uint8Array(length).fill(value);

let host: Signer;
let other: Signer;
let roomId: RoomId;
beforeAll(async () => {
  ({ host, other, roomId } = await newHost());
});

describe("a ticket", () => {
  const naming = { groupId, identityKey: bytes(32), ticketKey: bytes(32, 2) };
  const ticketBy = async (signer: Signer, delegation?: Ticket["delegation"]): Promise<Ticket> => ({
    ...naming,
    ...(await signedBy(signer, ticketBoundBytes(roomId, naming), delegation)),
  });

  it("[TICKET-1] survives the wire, and neither cut nor lengthened", async () => {
    const delegation = await delegate(roomId, host, other.publicKey);
    for (const ticket of [await ticketBy(host), await ticketBy(other, delegation)]) {
      const wire = ticketCodec.encode(ticket);
      expect(wire.length).toBeLessThan(LIMITS.ticketBytes - 200);
      expect(ticketCodec.decode(wire)).toEqual({ ok: true, value: ticket });
      for (const bad of damaged(wire)) expect(ticketCodec.decode(bad).ok).toBe(false);
    }
  });

  it("[TICKET-1] is the host key's word, or a delegate's, for one group of one room", async () => {
    const place = { roomId, groupId };
    expect(await verifyTicket(place, await ticketBy(host))).toMatchObject({ role: "host" });
    const delegation = await delegate(roomId, host, other.publicKey);
    expect(await verifyTicket(place, await ticketBy(other, delegation))).toMatchObject({
      role: "co-host",
      delegation: { serial: 1 },
    });
    const ticket = await ticketBy(host);
    expect(await verifyTicket({ roomId, groupId: otherGroup }, ticket)).toBeUndefined();
    expect(await verifyTicket({ roomId: otherRoom, groupId }, ticket)).toBeUndefined();
  });

  it("[SIGN-5] with any of its names changed is nobody's word", async () => {
    const ticket = await ticketBy(host);
    for (const change of [{ identityKey: bytes(32, 9) }, { ticketKey: bytes(32, 9) }]) {
      expect(await verifyTicket({ roomId, groupId }, { ...ticket, ...change })).toBeUndefined();
    }
    const renamed = { ...ticket, groupId: otherGroup };
    expect(await verifyTicket({ roomId, groupId: otherGroup }, renamed)).toBeUndefined();
    expect(await verifyTicket({ roomId, groupId }, await ticketBy(other))).toBeUndefined();
  });

  it("[POLICY-3] under another's delegation, or one the host did not sign, is nobody's word", async () => {
    const third = await newSigner();
    const delegations = [
      await delegate(roomId, host, third.publicKey),
      await delegate(roomId, other, other.publicKey),
      { ...(await delegate(roomId, other, other.publicKey)), hostKey: host.publicKey },
      { ...(await delegate(roomId, host, other.publicKey)), role: "host" as const },
      { ...(await delegate(roomId, host, other.publicKey)), serial: 2 },
    ];
    for (const delegation of delegations) {
      const ticket = await ticketBy(other, delegation);
      expect(await verifyTicket({ roomId, groupId }, ticket)).toBeUndefined();
    }
  });

  it("[HOST-2] is not written with a delegation of serial 0", async () => {
    const delegation = await delegate(roomId, host, other.publicKey, { serial: 0 });
    const ticket = await ticketBy(other, delegation);
    expect(() => ticketCodec.encode(ticket)).toThrow("Invalid");
  });
});

describe("a knock", () => {
  let device: Signer;
  let identity: Signer;
  beforeAll(async () => {
    [device, identity] = [await newSigner(), await newSigner()];
  });
  const knockFor = async (room: RoomId, by = { device, identity }): Promise<Knock> => {
    const naming = {
      roomDeviceKey: device.publicKey,
      identityKey: identity.publicKey,
      ticketKey: bytes(32, 2),
      name: "Ada",
    };
    const bound = knockBoundBytes(room, naming);
    return {
      ...naming,
      deviceSignature: await by.device.sign(bound),
      identitySignature: await by.identity.sign(bound),
    };
  };

  it("[KNOCK-1] survives the wire, and neither cut nor lengthened", async () => {
    const knock = await knockFor(roomId);
    const wire = knockCodec.encode(knock);
    expect(knockCodec.decode(wire)).toEqual({ ok: true, value: knock });
    for (const bad of damaged(wire)) expect(knockCodec.decode(bad).ok).toBe(false);
    const longest = knockCodec.encode({
      ...knock,
      name: "\u{1F642}".repeat(LIMITS.nameCodePoints),
    });
    expect(longest.length).toBeLessThan(LIMITS.knockBytes - 200);
  });

  it("[KNOCK-1] names the member whose device signed it", async () => {
    expect(await verifyKnock(roomId, await knockFor(roomId))).toBe(
      await deriveMemberId(device.publicKey),
    );
  });

  it("[SIGN-12] in another room, by one key only, or under a changed name is nobody's", async () => {
    const knock = await knockFor(roomId);
    const forgeries: readonly Knock[] = [
      await knockFor(otherRoom),
      await knockFor(roomId, { device: other, identity }),
      await knockFor(roomId, { device, identity: other }),
      { ...knock, name: "Eve" },
      { ...knock, ticketKey: bytes(32, 3) },
      { ...knock, identityKey: other.publicKey },
      { ...knock, roomDeviceKey: other.publicKey },
    ];
    for (const forged of forgeries) expect(await verifyKnock(roomId, forged)).toBeUndefined();
  });

  it("[KNOCK-1] with a name that lies about its text is refused", async () => {
    const knock = await knockFor(roomId);
    for (const name of ["", " Ada", "Ada\u202E", "x".repeat(LIMITS.nameCodePoints + 1)]) {
      expect(() => knockCodec.encode({ ...knock, name })).toThrow("Invalid");
    }
  });
});

describe("the end of a call", () => {
  const endBy = async (signer: Signer, delegation?: Ticket["delegation"]) => ({
    groupId,
    ...(await signedBy(signer, endBoundBytes(roomId, groupId), delegation)),
  });

  it("[END-1] survives the wire, and neither cut nor lengthened", async () => {
    const end = await endBy(host);
    const wire = endCodec.encode(end);
    expect(endCodec.decode(wire)).toEqual({ ok: true, value: end });
    for (const bad of damaged(wire)) expect(endCodec.decode(bad).ok).toBe(false);
  });

  it("[END-1] is the word of a host alone, for one call", async () => {
    const asHost = await delegate(roomId, host, other.publicKey, { role: "host" });
    expect(await verifyEnd({ roomId, groupId }, await endBy(host))).toBeDefined();
    expect(await verifyEnd({ roomId, groupId }, await endBy(other, asHost))).toBeDefined();
    const asCoHost = await delegate(roomId, host, other.publicKey);
    expect(await verifyEnd({ roomId, groupId }, await endBy(other, asCoHost))).toBeUndefined();
    expect(await verifyEnd({ roomId, groupId }, await endBy(other))).toBeUndefined();
    expect(await verifyEnd({ roomId, groupId: otherGroup }, await endBy(host))).toBeUndefined();
  });
});

describe("the proof of a host", () => {
  const claim = { accessHash: bytes(32), roomDeviceKey: bytes(32, 2), atSec: 1000 };
  const bound = () => hostProofBoundBytes(roomId, claim);

  it("[HOST-4] survives the wire, and neither cut nor lengthened", async () => {
    const proof = await signedBy(host, bound());
    const wire = hostProofCodec.encode(proof);
    expect(hostProofCodec.decode(wire)).toEqual({ ok: true, value: proof });
    for (const bad of damaged(wire)) expect(hostProofCodec.decode(bad).ok).toBe(false);
  });

  it("[HOST-4] holds for its link, device and second, and until its delegation expires", async () => {
    const delegation = await delegate(roomId, host, other.publicKey, { expiresAtSec: 2000 });
    const byHost = await signedBy(host, bound());
    const byDelegate = await signedBy(other, bound(), delegation);
    expect(await verifyHostProof(roomId, claim, byHost, 1_000_000)).toMatchObject({ role: "host" });
    expect(await verifyHostProof(roomId, claim, byDelegate, 1999)).toMatchObject({
      role: "co-host",
    });
    expect(await verifyHostProof(roomId, claim, byDelegate, 2000)).toBe("expired");
    expect(await verifyHostProof(roomId, claim, await signedBy(other, bound()), 1000)).toBe(
      "invalid",
    );
    for (const change of [
      { accessHash: bytes(32, 9) },
      { roomDeviceKey: bytes(32, 9) },
      { atSec: 1001 },
    ]) {
      expect(await verifyHostProof(roomId, { ...claim, ...change }, byHost, 1000)).toBe("invalid");
    }
  });
});

describe("a change at the door", () => {
  it("[DOOR-1] survives the wire, with and without a new link, and neither cut nor lengthened", () => {
    const change = { doorPolicy: bytes(9), sealedPolicy: bytes(9) };
    for (const whole of [change, { ...change, sealedSecret: bytes(44) }]) {
      const wire = doorChangeCodec.encode(whole);
      expect(doorChangeCodec.decode(wire)).toEqual({ ok: true, value: whole });
      for (const bad of damaged(wire)) expect(doorChangeCodec.decode(bad).ok).toBe(false);
    }
    expect(() => doorChangeCodec.encode({ ...change, sealedSecret: bytes(45) })).toThrow(
      "expected 44 bytes",
    );
    const oversize = { ...change, doorPolicy: bytes(LIMITS.policyBytes + 1) };
    expect(() => doorChangeCodec.encode(oversize)).toThrow("expected 1 to");
  });
});
