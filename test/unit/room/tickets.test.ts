import { describe, expect, it } from "vitest";
import type { SocketId } from "../../../durable-objects/room/state.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { delegationOf, endOf } from "../../support/door-changes.ts";
import {
  admit,
  cast,
  commit,
  failures,
  groupCreate,
  groupInfoTo,
  knock,
  resume,
  ticket,
} from "../../support/room-messages.ts";
import { bytesOf, groupNo, RoomSimulation } from "../../support/room-simulation.ts";

/** A knock room in which a host, member 0, and `others` are in the call. */
function knockCall(others: number) {
  const roles = [{ role: "host", delegationSerial: 1 }] as const;
  const room = new RoomSimulation({ mode: "knock", roles });
  const host = room.visit(0, { role: "host" });
  room.send(host, groupCreate());
  const sockets = [host];
  for (let member = 1; member <= others; member += 1) {
    const socketId = room.visit(member);
    room.send(host, admit(member));
    room.send(socketId, commit(member - 1, member - 1, "join", member));
    room.advance(LIMITS.groupInfoUnconfirmedMs);
    sockets.push(socketId);
  }
  for (const socketId of sockets) room.read(socketId);
  return { room, host, sockets };
}
/** Somebody a host let in, who has not joined. */
function admitted(room: RoomSimulation, host: SocketId, member: number): SocketId {
  const socketId = room.visit(member);
  room.send(host, admit(member));
  room.read(socketId);
  return socketId;
}
const countTickets = (room: RoomSimulation, sockets: readonly SocketId[]): readonly number[] =>
  sockets.map((socketId) => room.readAll(socketId, "ticket").length);

describe("a ticket", () => {
  it("[TICKET-7] goes to one member in the call, each time to another, evicted or not", () => {
    const { room, host, sockets } = knockCall(3);
    const ann = admitted(room, host, 9);
    for (let shown = 0; shown < 4; shown += 1) {
      room.send(ann, ticket(shown));
      if (shown === 1) room.evict();
      room.advance(1_000);
    }
    expect(countTickets(room, sockets)).toEqual([1, 1, 1, 1]);
    room.send(ann, ticket());
    expect(countTickets(room, sockets).filter((count) => count === 1)).toHaveLength(1);
  });

  it("[TICKET-8] is answered by GroupInfo of the head's epoch, with the seq of the last entry, once", () => {
    const { room, host, sockets } = knockCall(1);
    const ann = admitted(room, host, 9);
    room.send(ann, ticket(5));
    const asked = sockets.find((socketId) => room.readAll(socketId, "ticket").length === 1);
    if (asked === undefined) throw new Error("expected somebody to be asked");
    room.send(asked, groupInfoTo(9, 0));
    room.send(asked, groupInfoTo(9, 2));
    expect(room.read(ann)).toEqual([]);
    room.send(asked, groupInfoTo(9, 1, 6));
    room.send(host, groupInfoTo(9, 1, 7));
    expect(room.read(ann)).toEqual([
      { type: "group-info", groupId: groupNo(1), epoch: 1, seq: 1, sealed: bytesOf(80, 6) },
    ]);
  });

  it("[TICKET-8] a member who sends GroupInfo to whom nobody asked it for, or from outside the call, reaches nobody", () => {
    const { room, host } = knockCall(0);
    const [ann, bob] = [admitted(room, host, 8), admitted(room, host, 9)];
    room.send(host, groupInfoTo(8, 0));
    room.send(ann, ticket());
    room.send(bob, groupInfoTo(8, 0));
    expect(room.readAll(ann, "group-info")).toEqual([]);
    expect(failures(room, bob)).toEqual([["not-in-call", "group-info"]]);
  });

  it("[TICKET-7, CALL-1] a knocker whom nobody admitted asks members for nothing, however often", () => {
    const { room, sockets } = knockCall(2);
    const ann = room.visit(9);
    for (let asked = 0; asked < 20; asked += 1) {
      room.send(ann, ticket());
      room.advance(100);
    }
    expect(countTickets(room, sockets)).toEqual([0, 0, 0]);
    expect(failures(room, ann)[0]).toEqual(["admission-required", "ticket"]);
  });

  it("[KNOCK-8] an admitted one who asks everybody at ten times the rate is passed on twice a second, spread over all", () => {
    const { room, host, sockets } = knockCall(3);
    const ann = admitted(room, host, 9);
    for (let asked = 0; asked < 40; asked += 1) {
      room.send(ann, ticket());
      room.advance(100);
    }
    expect(countTickets(room, sockets)).toEqual([2, 2, 2, 2]);
    expect(failures(room, ann)[0]).toEqual(["rate-limited", "ticket"]);
  });

  it("[TICKET-7] for another group than the live one, or none, is told so", () => {
    const { room, host } = knockCall(0);
    const ann = admitted(room, host, 9);
    room.send(ann, ticket(1, 7));
    expect(failures(room, ann)).toEqual([["group-unknown", "ticket"]]);
    const empty = new RoomSimulation({ mode: "knock" });
    const bob = empty.visit(9);
    empty.send(bob, ticket());
    expect(failures(empty, bob)).toEqual([["group-none", "ticket"]]);
  });

  it("[TICKET-7] a host, and who was in the group, shows one without being let in again", () => {
    const { room, sockets } = knockCall(2);
    room.close(sockets[2] as SocketId);
    const [back, other] = [room.visit(2), room.visit(50, { role: "host" })];
    room.send(back, ticket());
    room.send(other, ticket());
    expect(countTickets(room, sockets).reduce((sum, count) => sum + count)).toBe(2);
  });
});

describe("a host whom nobody in the call answers", () => {
  const replacing = (replaces = 1) => ({ ...groupCreate(2), replaces: groupNo(replaces) });

  it("[GROUP-5] begins another call in its place after 3 s, and those in the old one are told", () => {
    const { room, sockets } = knockCall(1);
    const other = room.visit(50, { role: "host" });
    room.send(other, ticket());
    room.advance(1_500);
    room.send(other, ticket());
    room.advance(1_499);
    room.send(other, replacing());
    expect(room.readAll(other, "group-created")).toEqual([]);
    expect(room.state.group?.groupId).toBe(groupNo(1));
    room.evict();
    room.advance(1);
    room.send(other, replacing());
    expect(room.readOne(other, "group-created").groupId).toBe(groupNo(2));
    for (const socketId of sockets) {
      const told = room.read(socketId);
      expect(told).toContainEqual({ type: "failure", code: "group-unknown", about: "resume" });
      expect(told.find(({ type }) => type === "lobby")).toMatchObject({ groupId: groupNo(2) });
      room.send(socketId, cast());
      expect(failures(room, socketId)).toEqual([["not-in-call", "cast"]]);
    }
  });

  it("[GROUP-5] though nobody is in the call at all: a host who reloaded alone goes on after 3 s", () => {
    const { room, host } = knockCall(0);
    room.close(host);
    const back = room.visit(0, { role: "host" });
    room.send(back, ticket());
    expect(failures(room, back)).toEqual([]);
    room.advance(3_000);
    room.send(back, replacing());
    expect(room.readAll(back, "group-created")).toHaveLength(1);
  });

  it("[GROUP-5] who was answered, showed no ticket, names another group or is no host replaces nothing", () => {
    const { room, host } = knockCall(0);
    const ann = admitted(room, host, 9);
    const [answered, silent, coming] = [50, 51, 52].map((member) =>
      room.visit(member, { role: "host" }),
    ) as [SocketId, SocketId, SocketId];
    for (const socketId of [ann, answered, coming]) room.send(socketId, ticket());
    room.send(host, groupInfoTo(50, 0));
    room.advance(3_000);
    for (const socketId of [ann, answered, silent]) room.send(socketId, replacing());
    room.send(coming, replacing(3));
    expect(room.state.group?.groupId).toBe(groupNo(1));
    for (const socketId of [ann, answered, silent, coming])
      expect(room.readAll(socketId, "group-created")).toEqual([]);
  });

  it("[GROUP-5, END-1] one that can't begin in its place ends nothing", () => {
    const { room, host } = knockCall(0);
    room.send(host, { type: "end", end: endOf(1) });
    room.send(host, groupCreate(2));
    const other = room.visit(50, { role: "host" });
    room.send(other, ticket(1, 2));
    room.advance(3_000);
    room.send(other, { ...groupCreate(1), replaces: groupNo(2) });
    expect(failures(room, other)).toEqual([["group-unknown", "group-create"]]);
    expect(room.state.group?.groupId).toBe(groupNo(2));
    expect(room.state.sockets.get(host)?.phase).toBe("in-call");
  });

  it("[GROUP-5] a ticket for a call that is over says nothing of the next one", () => {
    const { room, host } = knockCall(0);
    const other = room.visit(50, { role: "host" });
    room.send(other, ticket());
    room.send(host, { type: "end", end: endOf(1) });
    room.send(host, groupCreate(2));
    room.advance(3_000);
    room.send(other, { ...groupCreate(3), replaces: groupNo(2) });
    expect(room.state.group?.groupId).toBe(groupNo(2));
  });
});

describe("the end of a call", () => {
  it("[END-1, END-2] by a host is told to all in the call, who visit from then on", () => {
    const { room, host, sockets } = knockCall(2);
    const ann = room.visit(9);
    room.send(ann, knock());
    for (const socketId of [...sockets, ann]) room.read(socketId);
    room.send(host, { type: "end", end: endOf(1) });
    for (const socketId of sockets) {
      expect(room.read(socketId)[0]).toEqual({ type: "ended", end: endOf(1) });
      expect(room.state.sockets.get(socketId)?.phase).toBe("visiting");
    }
    expect(room.read(ann).map(({ type }) => type)).toEqual(["lobby"]);
    expect(room.state.group).toBeUndefined();
  });

  it("[END-1] nobody publishes that group again: no member, no host, not after another call either, evicted or not", () => {
    const { room, host, sockets } = knockCall(1);
    room.send(host, { type: "end", end: endOf(1) });
    for (const socketId of [sockets[1] as SocketId, host]) {
      room.send(socketId, groupCreate(1, 5));
      room.send(socketId, resume(1));
      expect(room.readAll(socketId, "group-created")).toEqual([]);
    }
    room.send(host, groupCreate(2));
    room.close(host);
    room.advance(LIMITS.groupIdleMs);
    room.evict();
    const back = room.visit(0, { role: "host" });
    room.send(back, groupCreate(1, 5));
    expect(failures(room, back)).toEqual([["group-unknown", "group-create"]]);
  });

  it("[END-1, CALL-1] in a locked room a member of it starts no other", () => {
    const room = new RoomSimulation({ locked: true });
    const host = room.visit(0, { role: "host" });
    room.send(host, groupCreate());
    const member = admitted(room, host, 1);
    room.send(member, commit(0, 0, "join"));
    room.send(host, { type: "end", end: endOf(1) });
    room.send(member, groupCreate(2));
    expect(failures(room, member)).toEqual([["locked", "group-create"]]);
  });

  it.each([
    ["that is none", "end-invalid", bytesOf(40, 1), "valid"],
    ["signed by another", "end-invalid", endOf(1), "invalid"],
    ["of another call", "group-unknown", endOf(2), "valid"],
    [
      "by a delegate that is no longer listed",
      "delegation-withdrawn",
      endOf(1, delegationOf("host", 9)),
      "valid",
    ],
  ] as const)("[END-1] an end %s is told %s, and the call goes on", (_, code, end, verdict) => {
    const { room, sockets } = knockCall(1);
    const member = sockets[1] as SocketId;
    room.verdict = verdict;
    room.send(member, { type: "end", end });
    expect(failures(room, member)).toEqual([[code, "end"]]);
    expect(room.state.group?.groupId).toBe(groupNo(1));
    for (const socketId of sockets) expect(room.readAll(socketId, "ended")).toEqual([]);
  });

  it("[END-1] replayed in the next call is of another group, and ends nothing", () => {
    const { room, host, sockets } = knockCall(1);
    room.send(host, { type: "end", end: endOf(1) });
    room.send(host, groupCreate(2));
    room.send(sockets[1] as SocketId, { type: "end", end: endOf(1) });
    expect(room.state.group?.groupId).toBe(groupNo(2));
    expect(failures(room, sockets[1] as SocketId).at(-1)).toEqual(["group-unknown", "end"]);
  });

  it("[END-1] a delegate of role host ends it while the policy lists its delegation", () => {
    const { room, sockets } = knockCall(1);
    room.send(sockets[1] as SocketId, { type: "end", end: endOf(1, delegationOf("host", 1)) });
    expect(room.state.group).toBeUndefined();
    expect(room.readAll(sockets[0] as SocketId, "ended")).toHaveLength(1);
  });

  it("[GROUP-3] a call of a knock room that ended with the service is published again by any of its members", () => {
    const { room, sockets } = knockCall(1);
    for (const socketId of sockets) room.close(socketId);
    room.advance(LIMITS.groupIdleMs);
    const [back, stranger] = [room.visit(1), room.visit(9)];
    room.send(stranger, groupCreate(1, 1));
    room.send(back, groupCreate(1, 1));
    expect(failures(room, stranger)).toEqual([["admission-required", "group-create"]]);
    expect(room.readAll(back, "group-created")).toHaveLength(1);
    expect(room.state.sockets.get(back)?.phase).toBe("in-call");
  });
});
