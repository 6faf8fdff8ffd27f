import { describe, expect, it } from "vitest";
import type { SocketId } from "../../../durable-objects/room/state.ts";
import type { DoorPolicy } from "../../../protocol/policy.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import {
  admit,
  bye,
  commit,
  failures,
  groupCreate,
  knock,
  refuse,
} from "../../support/room-messages.ts";
import { bytesOf, memberNo, RoomSimulation } from "../../support/room-simulation.ts";

const CO_HOST = 1;
/** A knock room with a host in the call, member 0, and a co-host, member 1, who isn't. */
function knockRoom(policy: Partial<DoorPolicy> = {}) {
  const roles = [{ memberId: memberNo(CO_HOST), role: "co-host", delegationSerial: 1 }] as const;
  const room = new RoomSimulation({ mode: "knock", roles, ...policy });
  const host = room.visit(0, { role: "host" });
  room.send(host, groupCreate());
  room.read(host);
  return { room, host };
}
const knocks = (room: RoomSimulation, socketId: SocketId) =>
  room
    .read(socketId)
    .flatMap((message) =>
      message.type === "knock" || message.type === "knock-gone"
        ? [[message.type, message.from]]
        : [],
    );
/** Lets a member in that has a socket, and brings it into the call. */
function letIn(room: RoomSimulation, host: SocketId, member: number, epoch: number): SocketId {
  const socketId = room.visit(member);
  room.send(host, admit(member));
  room.send(socketId, commit(epoch, epoch, "join", member));
  room.advance(LIMITS.groupInfoUnconfirmedMs);
  room.read(socketId);
  room.read(host);
  return socketId;
}

describe("a knock", () => {
  it("[KNOCK-2, KNOCK-3] goes to the host in the call, and to a co-host who comes into it later, who gets all of them", () => {
    const { room, host } = knockRoom();
    const coHost = room.visit(CO_HOST);
    const [ann, bob] = [room.visit(8), room.visit(9)];
    room.send(bob, knock(9));
    room.advance(1);
    room.send(ann, knock(8));
    expect(room.readAll(host, "knock")).toEqual([
      { type: "knock", from: memberNo(9), sealed: bytesOf(50, 9) },
      { type: "knock", from: memberNo(8), sealed: bytesOf(50, 8) },
    ]);
    expect(knocks(room, coHost)).toEqual([]);
    room.send(coHost, commit(0, 0, "join"));
    expect(knocks(room, coHost)).toEqual([
      ["knock", memberNo(9)],
      ["knock", memberNo(8)],
    ]);
    expect(room.readAll(host, "knock")).toEqual([]);
  });

  it("[KNOCK-3] goes to no member without a role, in the call or not", () => {
    const { room, host } = knockRoom();
    const member = letIn(room, host, 5, 0);
    room.send(room.visit(9), knock());
    expect(knocks(room, member)).toEqual([]);
    expect(knocks(room, host)).toEqual([["knock", memberNo(9)]]);
  });

  it("[KNOCK-2] waits for a host where no call is live yet", () => {
    const room = new RoomSimulation({ mode: "knock" });
    room.send(room.visit(9), knock());
    const host = room.visit(0, { role: "host" });
    room.send(host, groupCreate());
    expect(knocks(room, host)).toEqual([["knock", memberNo(9)]]);
  });

  it.each<[string, (room: RoomSimulation, host: SocketId, ann: SocketId) => void]>([
    ["knock-withdrawn", (room, _, ann) => room.send(ann, { type: "knock-withdrawn" })],
    ["a closed socket", (room, _, ann) => room.close(ann)],
    ["admit", (room, host) => room.send(host, admit(9))],
    ["refuse", (room, host) => room.send(host, refuse(9))],
    ["a newer socket of that member", (room) => void room.visit(9)],
  ])("[KNOCK-4] is ended by %s, once", (_, end) => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(ann, knock());
    room.read(host);
    end(room, host, ann);
    expect(knocks(room, host)).toEqual([["knock-gone", memberNo(9)]]);
    room.close(ann);
    expect(knocks(room, host)).toEqual([]);
  });

  it("[KNOCK-4] of who was admitted before is ended by a join", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(host, admit(9));
    room.send(ann, knock());
    room.read(host);
    room.send(ann, commit(0, 0, "join"));
    expect(knocks(room, host)).toEqual([["knock-gone", memberNo(9)]]);
  });

  it("[KNOCK-2] 50 wait and no more; one who renames is one of them, and a place that is given up is free", () => {
    const { room } = knockRoom();
    const waiting = Array.from({ length: LIMITS.waiting }, (_, index) => room.visit(100 + index));
    for (const socketId of waiting) room.send(socketId, knock());
    const late = room.visit(99);
    room.send(late, knock());
    expect(failures(room, late)).toEqual([["waiting-full", "knock"]]);
    room.advance(LIMITS.askEveryMs);
    const [first] = waiting as [SocketId];
    room.send(first, knock(2));
    expect(failures(room, first)).toEqual([]);
    room.close(first);
    room.send(late, knock());
    expect(failures(room, late)).toEqual([]);
  });

  it("[KNOCK-2] of who renames replaces the first: the host sees one person, and the new name", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(ann, knock(1));
    room.advance(LIMITS.askEveryMs);
    room.send(ann, knock(2));
    expect(room.readAll(host, "knock").map(({ sealed }) => sealed)).toEqual([
      bytesOf(50, 1),
      bytesOf(50, 2),
    ]);
    const coHost = room.visit(CO_HOST);
    room.send(coHost, commit(0, 0, "join"));
    expect(room.readOne(coHost, "knock").sealed).toEqual(bytesOf(50, 2));
  });

  it("[KNOCK-8] a knocker who renames at every chance, or knocks and withdraws, reaches the host twice a second", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    for (let at = 0; at < 2_000; at += 50) {
      room.send(ann, knock(at % 200));
      room.send(ann, { type: "knock-withdrawn" });
      room.advance(50);
    }
    expect(room.readAll(host, "knock")).toHaveLength(4);
    expect(failures(room, ann)[0]).toEqual(["rate-limited", "knock"]);
  });

  it("[KNOCK-2] in a locked room is taken only of who was in this group or was admitted to it", () => {
    const { room, host } = knockRoom({ mode: "open", locked: true });
    const stranger = room.visit(9);
    room.send(stranger, knock());
    expect(failures(room, stranger)).toEqual([["locked", "knock"]]);
    const member = letIn(room, host, 5, 0);
    room.send(member, bye());
    room.send(member, knock());
    expect(knocks(room, host)).toEqual([["knock", memberNo(5)]]);
  });

  it("[KNOCK-2] where nobody asks for one, or of who is in the call, is heard by nobody", () => {
    const open = new RoomSimulation();
    const host = open.visit(0, { role: "host" });
    open.send(host, groupCreate());
    open.send(open.visit(9), knock());
    expect(knocks(open, host)).toEqual([]);
    const room = knockRoom();
    room.room.send(room.host, knock());
    expect(knocks(room.room, room.host)).toEqual([]);
  });

  it("[KNOCK-3, ROOM-7] is still there for the host, the co-host and an answer when the object was evicted", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(ann, knock(9));
    room.read(host);
    room.evict();
    expect(room.read(host)).toEqual([]);
    const coHost = room.visit(CO_HOST);
    room.send(coHost, commit(0, 0, "join"));
    expect(room.readOne(coHost, "knock").sealed).toEqual(bytesOf(50, 9));
    room.send(host, admit(9));
    expect(room.readOne(ann, "admitted").sealed).toEqual(bytesOf(60, 1));
  });
});

describe("admit and refuse", () => {
  it("[KNOCK-5] a host lets one in, who may then join, though the object was evicted or all sockets were lost", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(ann, commit(0, 0, "join"));
    expect(failures(room, ann)).toEqual([["admission-required", "commit"]]);
    room.send(host, admit(9, 7));
    expect(room.readOne(ann, "admitted").sealed).toEqual(bytesOf(60, 7));
    room.evict("restart");
    const again = room.visit(9);
    room.send(again, commit(0, 0, "join"));
    expect(room.readAll(again, "commit-taken")).toHaveLength(1);
  });

  it("[KNOCK-5] an admitted one is admitted to that group, not to the next", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(host, admit(9));
    room.send(host, bye());
    room.send(host, groupCreate(2));
    room.send(ann, { ...commit(0, 0, "join"), groupId: groupCreate(2).groupId });
    expect(failures(room, ann)).toEqual([["admission-required", "commit"]]);
  });

  it("[KNOCK-5, KNOCK-6] a member without a role who admits or refuses is told so, and nobody is let in or blocked", () => {
    const { room, host } = knockRoom();
    const member = letIn(room, host, 5, 0);
    const ann = room.visit(9);
    room.send(ann, knock());
    room.send(member, admit(9));
    room.send(member, refuse(9, true));
    expect(failures(room, member)).toEqual([
      ["not-host", "admit"],
      ["not-host", "refuse"],
    ]);
    expect(room.readAll(ann, "admitted")).toEqual([]);
    room.send(ann, commit(1, 1, "join"));
    expect(failures(room, ann)).toEqual([["admission-required", "commit"]]);
    expect(room.state.group?.blocked).toEqual([]);
  });

  it("[KNOCK-5] a knocker who admits itself, and a host who only visits, are told that they are not in the call", () => {
    const { room } = knockRoom();
    const [ann, coHost] = [room.visit(9), room.visit(CO_HOST)];
    room.send(ann, admit(9));
    room.send(coHost, admit(9));
    expect(failures(room, ann)).toEqual([["not-in-call", "admit"]]);
    expect(failures(room, coHost)).toEqual([["not-in-call", "admit"]]);
  });

  it("[KNOCK-5] who left while a host let them in is unknown; who only withdrew is let in all the same", () => {
    const { room, host } = knockRoom();
    const [ann, bob] = [room.visit(8), room.visit(9)];
    room.send(ann, knock());
    room.send(bob, knock());
    room.close(ann);
    room.send(bob, { type: "knock-withdrawn" });
    room.read(host);
    room.send(host, admit(8));
    room.send(host, admit(9));
    expect(failures(room, host)).toEqual([["member-unknown", "admit"]]);
    expect(room.state.group?.admitted).toEqual([memberNo(9)]);
    expect(room.readAll(bob, "admitted")).toHaveLength(1);
  });

  it("[TICKET-5, KNOCK-5] a ticket for a member in the call goes to it there", () => {
    const { room, host } = knockRoom();
    const member = letIn(room, host, 5, 0);
    room.send(host, admit(5, 3));
    expect(room.readOne(member, "admitted").sealed).toEqual(bytesOf(60, 3));
    expect(room.state.sockets.get(member)?.phase).toBe("in-call");
  });

  it("[KNOCK-6] who is refused may knock again; who is blocked may not, on another socket or after an eviction either", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(ann, knock());
    room.send(host, refuse(9));
    expect(room.readOne(ann, "knock-refused").blocked).toBe(false);
    room.advance(LIMITS.askEveryMs);
    room.send(ann, knock());
    room.send(host, refuse(9, true));
    expect(room.readOne(ann, "knock-refused").blocked).toBe(true);
    room.evict();
    const again = room.visit(9);
    room.send(again, knock());
    expect(failures(room, again)).toEqual([["knock-blocked", "knock"]]);
  });

  it("[KNOCK-6] a knocker who closes its socket as it is blocked is blocked all the same, for the group's life", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    room.send(ann, knock());
    room.close(ann);
    room.send(host, refuse(9, true));
    const again = room.visit(9);
    room.send(again, knock());
    expect(failures(room, again)).toEqual([["knock-blocked", "knock"]]);
    room.send(host, bye());
    room.send(host, groupCreate(2));
    room.send(again, knock());
    expect(knocks(room, host)).toContainEqual(["knock", memberNo(9)]);
  });

  it("[GROUP-3] whom a group admitted and blocked it still has when its members publish it again", () => {
    const { room, host } = knockRoom();
    const [ann, bob] = [room.visit(8), room.visit(9)];
    room.send(host, admit(8));
    room.send(host, refuse(9, true));
    room.close(host);
    room.advance(LIMITS.groupIdleMs);
    const back = room.visit(0, { role: "host" });
    room.send(back, groupCreate(1, 3));
    room.send(bob, knock());
    expect(failures(room, bob)).toEqual([["knock-blocked", "knock"]]);
    room.send(ann, commit(3, 0, "join"));
    expect(room.readAll(ann, "commit-taken")).toHaveLength(1);
  });
});

describe("what a knocker is told", () => {
  it("[TICKET-6, KNOCK-7] no GroupInfo, whoever puts one to the room: in the lobby, on a change, or with a turn", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    expect(room.readOne(ann, "lobby")).toMatchObject({ mode: "knock", epoch: 0, seq: 0 });
    room.send(host, commit(0, 0));
    room.advance(LIMITS.groupInfoUnconfirmedMs);
    room.send(host, {
      type: "publish",
      groupId: groupCreate().groupId,
      seq: 1 as never,
      epoch: 1 as never,
      groupInfo: bytesOf(40, 1),
    });
    expect(failures(room, host)).toEqual([["admission-required", "publish"]]);
    const lobbies = room.readAll(ann, "lobby");
    expect(lobbies.at(-1)).toMatchObject({ epoch: 1, seq: 1 });
    for (const { groupInfo } of lobbies) expect(groupInfo).toBeUndefined();
    room.send(host, admit(9));
    room.send(ann, commit(0, 0, "join"));
    expect(room.readOne(ann, "turn").groupInfo).toBeUndefined();
    expect(room.state.group?.log.groupInfos.size).toBe(0);
  });

  it("[LOG-3, CALL-1] a knocker who sends commits, votes, casts and GroupInfos changes and reaches nothing", () => {
    const { room, host } = knockRoom();
    const ann = room.visit(9);
    const before = room.state;
    room.send(ann, commit(0, 0, "join"));
    room.send(ann, commit(0, 0, "member"));
    room.send(ann, { ...commit(0, 0, "member"), doorChange: bytesOf(10, 1) });
    room.send(ann, { type: "refused", groupId: groupCreate().groupId, seq: 1 as never });
    room.send(ann, groupCreate(2));
    expect(room.state).toEqual(before);
    expect(room.read(host)).toEqual([]);
  });
});
