import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../../protocol/limits.ts";
import {
  commitOf,
  createRoom,
  newDevice,
  RoomClient,
  type RoomUnderTest,
  startCall,
} from "./support/room-under-test.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets the room's clock run on, and its alarm go off as it would have by then. */
async function advance(room: RoomUnderTest, ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await runDurableObjectAlarm(room.stub);
}

const alarmOf = (room: RoomUnderTest): Promise<number | null> =>
  runInDurableObject(room.stub, (_, { storage }) => storage.getAlarm());

describe("the one alarm of a room", () => {
  it("[ROOM-6] is set to the earliest of what is due, and moved when that is met", async () => {
    const room = await createRoom();
    const createdAtMs = Date.now();
    expect(await alarmOf(room)).toBe(createdAtMs + LIMITS.roomIdleMs);
    const client = await RoomClient.open(room, await newDevice());
    expect(await alarmOf(room)).toBe(createdAtMs + LIMITS.challengeTimeoutMs);
    await client.prove();
    await client.next("lobby");
    expect(await alarmOf(room)).toBe(createdAtMs + LIMITS.roomIdleMs);
    await advance(room, 5_000);
    expect(await alarmOf(room)).toBe(createdAtMs + LIMITS.roomIdleMs);
  });

  it("[SOCKET-2, ROOM-6] closes who does not answer the challenge, though the room was evicted", async () => {
    const room = await createRoom();
    const silent = await RoomClient.open(room, await newDevice());
    await silent.next("challenge");
    await evictDurableObject(room.stub);
    await advance(room, LIMITS.challengeTimeoutMs);
    expect(await silent.whenClosed()).toMatchObject({ reason: "challenge-timeout" });
  });

  it("[LOG-6, ROOM-6] settles an entry nobody spoke of, grants the turn and ends its lease", async () => {
    const room = await createRoom();
    const { client: ann } = await RoomClient.visit(room, await newDevice());
    const groupId = await startCall(ann);
    const { client: bob } = await RoomClient.visit(room, await newDevice());
    const { client: cyd } = await RoomClient.visit(room, await newDevice());
    bob.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
    await bob.next("commit-taken");
    cyd.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
    await cyd.next("commit-lost");
    await evictDurableObject(room.stub);
    await advance(room, LIMITS.groupInfoUnconfirmedMs);
    const turn = await cyd.next("turn");
    expect(turn).toMatchObject({ epoch: 1, seq: 1, leaseMs: LIMITS.turnLeaseMs });
    expect(turn.groupInfo).toBeInstanceOf(Uint8Array);
    ann.send(await commitOf({ groupId, epoch: 1, after: 1, kind: "member" }));
    await ann.next("commit-lost");
    await advance(room, LIMITS.turnLeaseMs);
    await ann.next("turn");
    ann.send(await commitOf({ groupId, epoch: 1, after: 1, kind: "member" }));
    expect(await ann.next("commit-taken")).toMatchObject({ seq: 2 });
  });

  it("[ROOM-4] a member whose pings stopped 15 s ago is gone", async () => {
    const room = await createRoom();
    const { client: ann } = await RoomClient.visit(room, await newDevice());
    const groupId = await startCall(ann);
    const { client: bob } = await RoomClient.visit(room, await newDevice());
    bob.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
    await bob.next("commit-taken");
    const { memberId } = bob.device;
    vi.setSystemTime(Date.now() + LIMITS.goneSilentMs - 1_000);
    ann.send({ type: "is-gone", memberId });
    expect(await ann.next("gone")).toEqual({ type: "gone", memberId, gone: false });
    vi.setSystemTime(Date.now() + 1_000);
    ann.send({ type: "is-gone", memberId });
    expect(await ann.next("gone")).toEqual({ type: "gone", memberId, gone: true });
  });

  it("[GROUP-2, GROUP-3, ROOM-7] a call outlives the loss of every socket, for 5 minutes", async () => {
    const room = await createRoom();
    const device = await newDevice();
    const { client } = await RoomClient.visit(room, device);
    const groupId = await startCall(client);
    await evictDurableObject(room.stub, { webSockets: "close" });
    await client.whenClosed();
    await advance(room, LIMITS.groupIdleMs - 1_000);
    const { client: back, lobby } = await RoomClient.visit(room, device);
    expect(lobby.groupId).toBe(groupId);
    back.send({ type: "resume", groupId, after: 0 as never });
    await back.next("entries");
    await evictDurableObject(room.stub, { webSockets: "close" });
    await advance(room, LIMITS.groupIdleMs);
    await advance(room, LIMITS.groupIdleMs);
    const { lobby: after } = await RoomClient.visit(room, device);
    expect(after.groupId).toBeUndefined();
  });

  it("[ROOM-6] a room nobody used for 30 days is gone without a trace, and may be made again", async () => {
    const room = await createRoom();
    const { client } = await RoomClient.visit(room, await newDevice());
    client.close();
    await client.whenClosed();
    await advance(room, LIMITS.roomIdleMs + 60_000);
    await runInDurableObject(room.stub, async (_, { storage }) => {
      expect(storage.sql.exec("SELECT name FROM sqlite_master").toArray()).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
    expect(await room.stub.createRoom(room.creation)).toBe("made");
  });
});
