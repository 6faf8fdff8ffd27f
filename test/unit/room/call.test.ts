import { describe, expect, it } from "vitest";
import { nextDeadlineMs } from "../../../durable-objects/room/deadlines.ts";
import { isSilent } from "../../../durable-objects/room/presence.ts";
import type { SocketId } from "../../../durable-objects/room/state.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import {
  bye,
  cast,
  commit,
  failures,
  groupCreate,
  resume,
  says,
  signalTo,
  startCall,
} from "../../support/room-messages.ts";
import { bytesOf, groupNo, memberNo, RoomSimulation } from "../../support/room-simulation.ts";

const two = (room: RoomSimulation) => startCall(room, 2) as [SocketId, SocketId];

describe("a group", () => {
  it("[GROUP-1] is made by the first who creates it; the second gets the lobby", () => {
    const room = new RoomSimulation();
    const [ann, bob] = [room.visit(0), room.visit(1)];
    room.send(ann, groupCreate(1));
    room.read(bob);
    room.send(bob, groupCreate(2));
    expect(room.readOne(ann, "group-created").groupId).toBe(groupNo(1));
    expect(room.readOne(bob, "lobby")).toMatchObject({ groupId: groupNo(1), inCall: 1 });
  });

  it("[GROUP-1] in a knock room is made by a host only", () => {
    const room = new RoomSimulation({ mode: "knock" });
    const [member, host] = [room.visit(0), room.visit(1, { role: "host" })];
    room.send(member, groupCreate(1));
    expect(failures(room, member)).toEqual([["admission-required", "group-create"]]);
    room.send(host, groupCreate(2));
    expect(room.readAll(host, "group-created")).toHaveLength(1);
    expect(room.readAll(member, "lobby").at(-1)?.groupInfo).toBeUndefined();
  });

  it("[GROUP-2] ends when no socket of the call was there for 5 minutes, evicted or not", () => {
    const room = new RoomSimulation();
    for (const socketId of two(room)) room.close(socketId);
    room.evict();
    room.advance(299_999);
    expect(room.state.group?.groupId).toBe(groupNo(1));
    room.advance(1);
    expect(room.state.group).toBeUndefined();
  });

  it("[GROUP-2] goes on when one came back in time, though the whole service was restarted", () => {
    const room = new RoomSimulation();
    two(room);
    room.advance(60_000);
    room.evict("restart");
    room.advance(299_999);
    const ann = room.visit(0);
    room.send(ann, resume(1));
    expect(room.readAll(ann, "entries")).toHaveLength(1);
    room.advance(3_600_000);
    expect(room.state.group?.groupId).toBe(groupNo(1));
  });

  it("[GROUP-2] ends at once when its last member says bye", () => {
    const room = new RoomSimulation();
    const [ann, bob] = two(room);
    room.send(ann, bye());
    expect(room.state.group).toBeDefined();
    room.send(bob, bye());
    expect(room.state.group).toBeUndefined();
  });

  it("[GROUP-3] that ended is published again by its members only, not behind its last epoch, and its seqs go on", () => {
    const room = new RoomSimulation();
    for (const socketId of two(room)) room.close(socketId);
    room.advance(300_000);
    const [stranger, ann, bob] = [room.visit(7), room.visit(0), room.visit(1)];
    room.send(stranger, groupCreate(1, 5));
    room.send(ann, groupCreate(1, 0));
    expect(failures(room, stranger)).toEqual([["group-unknown", "group-create"]]);
    expect(failures(room, ann)).toEqual([["epoch-out-of-range", "group-create"]]);
    room.send(ann, groupCreate(1, 1));
    expect(room.readAll(ann, "group-created")).toHaveLength(1);
    room.send(bob, resume(1));
    expect(room.readOne(bob, "entries").entries).toEqual([]);
    room.send(bob, commit(1, 1));
    expect(room.readOne(bob, "commit-taken").seq).toBe(2);
  });

  it("[GROUP-3] is forgotten after a day", () => {
    const room = new RoomSimulation();
    for (const socketId of two(room)) room.close(socketId);
    room.advance(300_000 + LIMITS.endedGroupMs - 1);
    expect(room.state.ended?.groupId).toBe(groupNo(1));
    room.advance(1);
    expect(room.state.ended).toBeUndefined();
  });

  it("[GROUP-4] counts a member until its bye, or 5 minutes after its socket was lost", () => {
    const room = new RoomSimulation();
    const [ann, bob] = two(room);
    room.close(bob);
    room.advance(299_999);
    const again = room.visit(1);
    room.send(again, resume(1));
    expect(room.readAll(again, "entries")).toHaveLength(1);
    room.close(again);
    room.advance(300_000);
    const late = room.visit(1);
    room.send(late, resume(1));
    expect(failures(room, late)).toEqual([["not-in-call", "resume"]]);
    room.send(ann, { type: "resume", groupId: groupNo(9), after: 0 as never });
    expect(failures(room, ann)).toEqual([["group-unknown", "resume"]]);
  });
});

describe("the door", () => {
  it("[CALL-1] is closed to the 17th, open to who comes back, and open again after a leave", () => {
    const room = new RoomSimulation();
    const sockets = startCall(room, 16);
    const late = room.visit(16);
    room.send(late, commit(15, 15, "join"));
    expect(failures(room, late)).toEqual([["call-full", "commit"]]);
    const again = room.visit(3);
    room.send(again, commit(15, 15, "join", 3));
    expect(room.readAll(again, "commit-taken")).toHaveLength(1);
    room.send(sockets[0] as SocketId, says("applied", 16));
    room.send(sockets[5] as SocketId, bye());
    room.send(late, commit(16, 16, "join"));
    expect(room.readAll(late, "commit-taken")).toHaveLength(1);
  });

  it("[CALL-1] is closed to the banned, and in a locked room to all who were not in this group", () => {
    const banned = new RoomSimulation({ bannedMemberIds: [memberNo(1)] });
    const [, bad] = [startCall(banned, 1), banned.visit(1)];
    banned.send(bad, commit(0, 0, "join"));
    expect(failures(banned, bad)).toEqual([["banned", "commit"]]);

    const locked = new RoomSimulation({ locked: true });
    const host = locked.visit(0, { role: "host" });
    locked.send(host, groupCreate());
    const stranger = locked.visit(1);
    expect(locked.readOne(stranger, "lobby").groupInfo).toBeUndefined();
    locked.send(stranger, commit(0, 0, "join"));
    expect(failures(locked, stranger)).toEqual([["locked", "commit"]]);
    const hostAgain = locked.visit(0, { role: "host" });
    locked.send(hostAgain, commit(0, 0, "join"));
    expect(locked.readAll(hostAgain, "commit-taken")).toHaveLength(1);
  });
});

describe("what the room passes on", () => {
  it("[ROOM-1] a signal goes to the newest socket of its member, with its sender's name", () => {
    const room = new RoomSimulation();
    const [ann, bob] = two(room);
    const newer = room.visit(1);
    room.send(ann, signalTo(1));
    expect(room.read(bob).filter(({ type }) => type === "signal")).toEqual([]);
    expect(room.readOne(newer, "signal")).toEqual({
      type: "signal",
      from: memberNo(0),
      signal: bytesOf(20, 5),
    });
  });

  it("[ROOM-1] a signal to nobody is told, and one from outside the call refused", () => {
    const room = new RoomSimulation();
    const [ann, bob] = two(room);
    const visitor = room.visit(9);
    room.send(ann, signalTo(9));
    room.send(visitor, signalTo(0));
    expect(failures(room, ann)).toEqual([["member-unknown", "signal"]]);
    expect(failures(room, visitor)).toEqual([["not-in-call", "signal"]]);
    room.close(bob);
    room.send(ann, signalTo(1));
    expect(failures(room, ann)).toEqual([["member-unknown", "signal"]]);
  });

  it("[ROOM-2] a signal that follows a commit goes only where that commit was taken", () => {
    const room = new RoomSimulation();
    const [ann] = two(room);
    const [won, lost] = [room.visit(8), room.visit(9)];
    room.send(won, commit(1, 1, "join", 8));
    room.send(won, signalTo(0, 8));
    room.send(lost, commit(1, 1, "join", 9));
    room.send(lost, signalTo(0, 9));
    room.send(lost, signalTo(0, 8));
    expect(room.readAll(ann, "signal").map(({ from }) => from)).toEqual([memberNo(8)]);
    expect(failures(room, lost)).toEqual([]);
  });

  it("[ROOM-3] a cast and a bye go to all others in the call and to no visitor", () => {
    const room = new RoomSimulation();
    const [ann, bob, cyd] = startCall(room, 3) as [SocketId, SocketId, SocketId];
    const visitor = room.visit(9);
    room.read(visitor);
    room.send(ann, cast(4));
    room.send(ann, bye());
    for (const socketId of [bob, cyd]) {
      expect(room.read(socketId)).toEqual([
        { type: "cast", from: memberNo(0), cast: bytesOf(20, 4) },
        { type: "bye", from: memberNo(0), bye: bytesOf(20) },
      ]);
    }
    expect(room.read(visitor).map(({ type }) => type)).toEqual(["lobby"]);
    room.send(visitor, cast());
    expect(failures(room, visitor)).toEqual([["not-in-call", "cast"]]);
  });

  it("[ROOM-3] passing on writes nothing: the state is the same object", () => {
    const room = new RoomSimulation();
    const [ann] = two(room);
    const before = room.state;
    room.send(ann, cast());
    room.send(ann, signalTo(1));
    expect(room.state).toBe(before);
  });

  it("[ROOM-4] is-gone is answered by its socket's silence of 15 s, or by none being in the call", () => {
    const room = new RoomSimulation();
    const [ann, bob] = two(room);
    room.send(ann, { type: "is-gone", memberId: memberNo(1) });
    expect(room.effects.at(-1)).toEqual({
      type: "tell-gone",
      to: ann,
      memberId: memberNo(1),
      target: bob,
    });
    room.close(bob);
    room.send(ann, { type: "is-gone", memberId: memberNo(1) });
    expect(room.effects.at(-1)).toMatchObject({ type: "tell-gone", target: undefined });
    room.visit(1);
    room.send(ann, { type: "is-gone", memberId: memberNo(1) });
    expect(room.effects.at(-1)).toMatchObject({ type: "tell-gone", target: undefined });
    expect([isSilent(1_000, 15_999, LIMITS), isSilent(1_000, 16_000, LIMITS)]).toEqual([
      false,
      true,
    ]);
  });
});

describe("the lobby", () => {
  it("[ROOM-5] says how many are in the call and whether a host is there, on every change", () => {
    const room = new RoomSimulation();
    const visitor = room.visit(9);
    room.read(visitor);
    const host = room.visit(0, { role: "host" });
    // A host in the lobby can't let anybody in.
    expect(room.read(visitor)).toEqual([]);
    room.send(host, groupCreate());
    expect(room.readOne(visitor, "lobby")).toMatchObject({
      inCall: 1,
      hostPresent: true,
      groupId: groupNo(1),
    });
    room.close(host);
    expect(room.readOne(visitor, "lobby")).toMatchObject({ inCall: 0, hostPresent: false });
    room.visit(8);
    expect(room.read(visitor)).toEqual([]);
  });

  it("[ROOM-5] greets every visitor, and tells ten of one address of changes", () => {
    const room = new RoomSimulation();
    const visitors = Array.from({ length: 12 }, (_, index) =>
      room.visit(20 + index, { addressTag: "office" }),
    );
    for (const visitor of visitors) expect(room.readAll(visitor, "lobby")).toHaveLength(1);
    room.send(room.visit(0), groupCreate());
    const told = visitors.filter((visitor) => room.readAll(visitor, "lobby").length === 1);
    expect(told).toEqual(visitors.slice(0, 10));
    room.send(visitors[11] as SocketId, commit(0, 0, "join"));
    expect(room.readAll(visitors[11] as SocketId, "commit-taken")).toHaveLength(1);
  });
});

describe("time", () => {
  it("[ROOM-6] the alarm is the earliest of all that is due", () => {
    const room = new RoomSimulation();
    const startMs = room.nowMs;
    expect(nextDeadlineMs(room.state)).toBe(startMs + LIMITS.roomIdleMs);
    const socketId = room.connect(0);
    expect(nextDeadlineMs(room.state)).toBe(startMs + LIMITS.challengeTimeoutMs);
    room.close(socketId);
    const [ann] = two(room);
    room.send(ann, commit(1, 1));
    expect(nextDeadlineMs(room.state)).toBe(startMs + LIMITS.groupInfoUnconfirmedMs);
  });

  it("[ROOM-6] what was due is done before what comes late, though no alarm went off", () => {
    const room = new RoomSimulation();
    const [ann, bob] = two(room);
    room.close(ann);
    room.close(bob);
    room.nowMs += 300_000;
    const late = room.visit(0);
    expect(room.readOne(late, "lobby").groupId).toBeUndefined();
  });

  it("a room nobody used for 30 days deletes itself; one somebody is in does not", () => {
    const room = new RoomSimulation();
    const socketId = room.visit(0);
    room.advance(LIMITS.roomIdleMs + 1);
    expect(room.state.room).toBeDefined();
    room.close(socketId);
    room.advance(LIMITS.roomIdleMs - 2);
    expect(room.state.room).toBeDefined();
    room.advance(LIMITS.roomIdleMs);
    expect(room.state.room).toBeUndefined();
    expect(room.effects.at(-1)).toEqual({ type: "forget-room" });
  });
});
