import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Seq } from "../../protocol/ids.ts";
import {
  commitOf,
  createRoom,
  newDevice,
  randomBytes,
  RoomClient,
  startCall,
} from "./support/room-under-test.ts";

const seq = (value: number): Seq => value as Seq;

/** Two people in one call: the first made it, the second joined. */
async function twoInCall() {
  const room = await createRoom();
  const [ann, bob] = [await newDevice(), await newDevice()];
  const { client: first } = await RoomClient.visit(room, ann);
  const groupId = await startCall(first);
  const { client: second, lobby } = await RoomClient.visit(room, bob);
  second.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
  await second.next("commit-taken");
  await first.next("entry");
  first.send({ type: "applied", groupId, seq: seq(1) });
  return { room, groupId, first, second, lobby };
}

describe("a call through a room", () => {
  it("[SOCKET-2, GROUP-1, LOG-3] a visitor proves, finds the GroupInfo, joins by commit and is seen by the others", async () => {
    const { second, lobby, groupId } = await twoInCall();
    expect(lobby).toMatchObject({ inCall: 1, groupId, epoch: 0, seq: 0 });
    expect(lobby.groupInfo).toBeInstanceOf(Uint8Array);
    second.close();
  });

  it("[ROOM-1, ROOM-3] a signal reaches its member, a cast and a bye all others", async () => {
    const { first, second, groupId } = await twoInCall();
    const [signal, cast, bye] = [randomBytes(100), randomBytes(100), randomBytes(100)];
    second.send({ type: "signal", to: first.device.memberId, signal });
    expect(await first.next("signal")).toEqual({
      type: "signal",
      from: second.device.memberId,
      signal,
    });
    first.send({ type: "cast", groupId, cast });
    expect(await second.next("cast")).toEqual({ type: "cast", from: first.device.memberId, cast });
    second.send({ type: "bye", groupId, bye });
    expect(await first.next("bye")).toEqual({ type: "bye", from: second.device.memberId, bye });
    expect(await second.next("lobby")).toMatchObject({ inCall: 1 });
  });

  it("[LOG-4, LOG-6] of two commits of one epoch the first is taken; the other gets the entry, then a turn", async () => {
    const { first, second, groupId } = await twoInCall();
    const winner = await commitOf({ groupId, epoch: 1, after: 1, kind: "member" });
    first.send(winner);
    await first.next("commit-taken");
    second.send(await commitOf({ groupId, epoch: 1, after: 1, kind: "member" }));
    const lost = await second.next("commit-lost");
    expect(lost.entries.map((entry) => entry.commit)).toEqual([winner.commit]);
    second.send({ type: "applied", groupId, seq: seq(2) });
    expect(await second.next("turn")).toMatchObject({ epoch: 2, seq: 2 });
    second.send(await commitOf({ groupId, epoch: 2, after: 2, kind: "member" }));
    expect(await second.next("commit-taken")).toMatchObject({ seq: 3, epoch: 2 });
  });

  it("[ROOM-7] eviction in the middle of a call changes nothing for anyone in it", async () => {
    const { room, first, second, groupId } = await twoInCall();
    await evictDurableObject(room.stub);
    const cast = randomBytes(50);
    first.send({ type: "cast", groupId, cast });
    expect(await second.next("cast")).toEqual({ type: "cast", from: first.device.memberId, cast });
    await evictDurableObject(room.stub);
    second.send(await commitOf({ groupId, epoch: 1, after: 1, kind: "member" }));
    expect(await second.next("commit-taken")).toMatchObject({ seq: 2 });
    expect(await first.next("entry")).toMatchObject({ seq: 2, from: second.device.memberId });
  });

  it("[LOG-9, SOCKET-3] a member whose socket was lost resumes and gets what it missed", async () => {
    const { room, first, second, groupId } = await twoInCall();
    second.close();
    const missed = await commitOf({ groupId, epoch: 1, after: 1, kind: "member" });
    first.send(missed);
    await first.next("commit-taken");
    const { client: again } = await RoomClient.visit(room, second.device);
    again.send({ type: "resume", groupId, after: seq(1) });
    const { entries } = await again.next("entries");
    expect(entries.map(({ commit }) => commit)).toEqual([missed.commit]);
    first.send({ type: "is-gone", memberId: again.device.memberId });
    expect(await first.next("gone")).toMatchObject({ gone: false });
  });
});
