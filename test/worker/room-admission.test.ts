import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Delegation, delegationBoundBytes } from "../../protocol/delegation.ts";
import { doorChangeCodec } from "../../protocol/door-change.ts";
import { endBoundBytes, endCodec } from "../../protocol/end.ts";
import { CLOSE } from "../../protocol/failure-codes.ts";
import type { GroupId, RoomId } from "../../protocol/ids.ts";
import type { DoorPolicy } from "../../protocol/policy.ts";
import {
  commitOf,
  createRoom,
  type Device,
  doorPolicyOf,
  newDevice,
  randomBytes,
  RoomClient,
  type RoomUnderTest,
  signDoorPolicy,
  signingKey,
  type SigningKey,
  startCall,
} from "./support/room-under-test.ts";

const HOST = { role: "host", delegation: 0 } as const;

/** A room with a host in the call. */
async function hosted(policy: Partial<DoorPolicy> = {}) {
  const room = await createRoom(policy);
  const { client: host } = await RoomClient.visit(room, await newDevice(), HOST);
  const groupId = await startCall(host);
  return { room, host, groupId };
}
type Hosted = Awaited<ReturnType<typeof hosted>>;

async function changing(
  { room, groupId }: Pick<Hosted, "room" | "groupId">,
  after: number,
  policy: Partial<DoorPolicy>,
  by: {
    readonly key?: SigningKey;
    readonly delegation?: Delegation;
    readonly roomId?: RoomId;
  } = {},
) {
  const { key = room.hostKey, delegation, roomId = room.roomId } = by;
  const doorPolicy = await signDoorPolicy(key, doorPolicyOf(roomId, policy), delegation);
  const doorChange = doorChangeCodec.encode({ doorPolicy, sealedPolicy: randomBytes(100) });
  const commit = await commitOf({ groupId, epoch: after, after, kind: "member" });
  return { ...commit, doorChange };
}
/** Lets a device in by the host's word, and brings it into the call as the entry behind `after`. */
async function letIn({ room, host, groupId }: Hosted, after: number, device?: Device) {
  const { client } = await RoomClient.visit(room, device ?? (await newDevice()));
  host.send({ type: "admit", to: client.device.memberId, sealed: randomBytes(200) });
  await client.next("admitted");
  client.send(await commitOf({ groupId, epoch: after, after, kind: "join" }));
  await client.next("commit-taken");
  host.send({ type: "applied", groupId, seq: (after + 1) as never });
  return client;
}
/** Makes a key co-host, with serial 1. */
async function delegate(
  { roomId }: RoomUnderTest,
  hostKey: SigningKey,
  delegateKey: Uint8Array<ArrayBuffer>,
): Promise<Delegation> {
  const delegated = {
    delegateKey,
    role: "co-host",
    serial: 1,
    expiresAtSec: 4_000_000_000,
  } as const;
  const signature = await hostKey.sign(delegationBoundBytes(roomId, delegated));
  return { ...delegated, hostKey: hostKey.publicKey, signature };
}
const endBy = async (
  { roomId }: RoomUnderTest,
  key: SigningKey,
  groupId: GroupId,
  delegation?: Delegation,
) =>
  endCodec.encode({
    groupId,
    signer: key.publicKey,
    signature: await key.sign(endBoundBytes(roomId, groupId)),
    ...(delegation === undefined ? {} : { delegation }),
  });

describe("a room that asks for admission", () => {
  it("[KNOCK-3, KNOCK-5, TICKET-7, TICKET-8] one knocks, is let in, shows a ticket and joins, though the object is evicted at every step", async () => {
    const { room, host, groupId } = await hosted({ mode: "knock" });
    const { client: ann, lobby } = await RoomClient.visit(room, await newDevice());
    expect(lobby).toMatchObject({ mode: "knock", hostPresent: true, groupId, epoch: 0, seq: 0 });
    expect(lobby.groupInfo).toBeUndefined();
    const { memberId } = ann.device;
    const [knock, ticket, shown, sealed] = [1, 2, 3, 4].map(() => randomBytes(300)) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ];
    ann.send({ type: "knock", sealed: knock });
    expect(await host.next("knock")).toEqual({ type: "knock", from: memberId, sealed: knock });
    await evictDurableObject(room.stub);
    host.send({ type: "admit", to: memberId, sealed: ticket });
    expect(await ann.next("admitted")).toEqual({ type: "admitted", sealed: ticket });
    expect(await host.next("knock-gone")).toEqual({ type: "knock-gone", from: memberId });
    await evictDurableObject(room.stub);
    ann.send({ type: "ticket", groupId, sealed: shown });
    expect(await host.next("ticket")).toEqual({ type: "ticket", from: memberId, sealed: shown });
    await evictDurableObject(room.stub);
    host.send({ type: "group-info", to: memberId, groupId, epoch: 0 as never, sealed });
    expect(await ann.next("group-info")).toEqual({
      type: "group-info",
      groupId,
      epoch: 0,
      seq: 0,
      sealed,
    });
    ann.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
    await ann.next("commit-taken");
  });

  it("[CALL-1] who is not let in does not join, and no GroupInfo that a client gave by mistake is handed to anybody", async () => {
    const { room, groupId } = await hosted({ mode: "knock" });
    const { client: ann } = await RoomClient.visit(room, await newDevice());
    ann.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
    expect(await ann.next("failure")).toMatchObject({ code: "admission-required" });
    await evictDurableObject(room.stub);
    const { lobby } = await RoomClient.visit(room, await newDevice());
    expect(lobby.groupInfo).toBeUndefined();
  });
});

describe("a change of the door", () => {
  it("[DOOR-3, DOOR-4, DOOR-5] by the host key is taken with its commit, holds after an eviction, and puts the banned out", async () => {
    const made = await hosted();
    const { room, host, groupId } = made;
    const bad = await letIn(made, 0);
    const accessHash = randomBytes(32);
    const change = await changing(made, 1, {
      serial: 1,
      mode: "knock",
      bannedMemberIds: [bad.device.memberId],
      link: { generation: 1, accessHash },
    });
    host.send(change);
    // What is sent right behind it is heard after it, though its signature has to be looked at first.
    host.send({ type: "is-gone", memberId: bad.device.memberId });
    expect(await host.next("commit-taken")).toMatchObject({ seq: 2 });
    expect(await host.next("gone")).toMatchObject({ gone: true });
    expect((await bad.next("entry")).doorChange).toEqual(change.doorChange);
    expect(await bad.whenClosed()).toEqual({ code: CLOSE.refused, reason: "banned" });
    await evictDurableObject(room.stub);
    const { lobby } = await RoomClient.visit(room, await newDevice());
    expect(lobby).toMatchObject({ mode: "knock", groupId });
    const asks = (hash: Uint8Array<ArrayBuffer>, { memberId }: Device) =>
      room.stub.checkAccess({
        accessHash: hash,
        memberId,
        shown: undefined,
        proofHash: randomBytes(32),
        proofExpiresAtSec: Math.floor(Date.now() / 1000) + 300,
      });
    const other = await newDevice();
    expect(await asks(accessHash, other)).toMatchObject({ ok: true, value: { mayRelay: false } });
    expect(await asks(room.creation.accessHash, other)).toMatchObject({
      error: { code: "link-replaced" },
    });
    expect(await asks(accessHash, bad.device)).toMatchObject({ error: { code: "banned" } });
    expect(await room.stub.createRoom(room.creation)).toBe("same");
  });

  it("[DOOR-3] a member signs one itself, or a host sends one of another room or with a forged delegation: refused, and the door stays", async () => {
    const listed = { role: "co-host", delegationSerial: 1 } as const;
    const made = await hosted({ roles: [listed] });
    const { room, host } = made;
    const [mallory, delegated] = [await signingKey(), await signingKey()];
    const member = await letIn(made, 0);
    const policy = { serial: 1, locked: true, roles: [listed] };
    member.send(await changing(made, 1, policy, { key: mallory }));
    expect(await member.next("failure")).toMatchObject({ code: "not-host", about: "commit" });
    const forged = await delegate(room, mallory, delegated.publicKey);
    const { roomId } = await createRoom();
    const refused = [
      { key: mallory },
      { roomId },
      { key: delegated, delegation: { ...forged, hostKey: room.hostKey.publicKey } },
    ];
    for (const by of refused) {
      host.send(await changing(made, 1, policy, by));
      expect(await host.next("failure")).toMatchObject({ code: "policy-invalid", about: "commit" });
    }
    const { lobby } = await RoomClient.visit(room, await newDevice());
    expect(lobby).toMatchObject({ locked: false, seq: 1 });
    const delegation = await delegate(room, room.hostKey, delegated.publicKey);
    host.send(await changing(made, 1, policy, { key: delegated, delegation }));
    expect(await host.next("commit-taken")).toMatchObject({ seq: 2 });
  });
});

describe("the end of a call", () => {
  it("[END-1, END-2] signed by the host is told to all, and that group is never published again", async () => {
    const made = await hosted();
    const { room, host, groupId } = made;
    const member = await letIn(made, 0);
    const end = await endBy(room, room.hostKey, groupId);
    host.send({ type: "end", end });
    expect(await host.next("ended")).toEqual({ type: "ended", end });
    expect(await member.next("ended")).toEqual({ type: "ended", end });
    await evictDurableObject(room.stub);
    member.send({
      type: "group-create",
      groupId,
      epoch: 9 as never,
      groupInfo: randomBytes(100),
    });
    expect(await member.next("failure")).toMatchObject({ code: "group-unknown" });
  });

  it("[END-1] signed by another, for another room, or by a co-host ends nothing", async () => {
    const listed = { role: "co-host", delegationSerial: 1 } as const;
    const { room, host, groupId } = await hosted({ roles: [listed] });
    const [mallory, coHost] = [await signingKey(), await signingKey()];
    const ends = [
      await endBy(room, mallory, groupId),
      await endBy(await createRoom(), room.hostKey, groupId),
      await endBy(room, coHost, groupId, await delegate(room, room.hostKey, coHost.publicKey)),
    ];
    for (const end of ends) {
      host.send({ type: "end", end });
      expect(await host.next("failure")).toMatchObject({ code: "end-invalid", about: "end" });
    }
    const { lobby } = await RoomClient.visit(room, await newDevice());
    expect(lobby).toMatchObject({ inCall: 1, groupId });
  });
});
