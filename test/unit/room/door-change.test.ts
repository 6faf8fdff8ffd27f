import { describe, expect, it } from "vitest";
import { judgeAccess } from "../../../durable-objects/room/door.ts";
import type { SocketId } from "../../../durable-objects/room/state.ts";
import type { Delegation } from "../../../protocol/delegation.ts";
import { CLOSE } from "../../../protocol/failure-codes.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { DoorPolicy } from "../../../protocol/policy.ts";
import { delegationOf, doorChangeOf } from "../../support/door-changes.ts";
import { admit, commit, failures, groupCreate, resume, says } from "../../support/room-messages.ts";
import { bytesOf, doorPolicyOf, memberNo, RoomSimulation } from "../../support/room-simulation.ts";

const CO_HOST = 1;
const roles = [
  { memberId: memberNo(CO_HOST), role: "co-host", delegationSerial: 1 },
] as const satisfies DoorPolicy["roles"];

/** A call of a host, a co-host and a member, in that order; its log has two entries, and its epoch is 2. */
function call(policy: Partial<DoorPolicy> = {}, limits = {}) {
  const room = new RoomSimulation({ roles, ...policy }, limits);
  const host = room.visit(0, { role: "host" });
  room.send(host, groupCreate());
  const [coHost, member] = [room.visit(CO_HOST), room.visit(2)];
  for (const [index, socketId] of [coHost, member].entries()) {
    room.send(host, admit(index + 1));
    room.send(socketId, commit(index, index, "join", 100 + index));
    for (const there of [host, coHost, member]) room.send(there, says("applied", index + 1));
  }
  for (const socketId of [host, coHost, member]) room.read(socketId);
  const start: DoorPolicy = doorPolicyOf({ roles, ...policy });
  return { room, host, coHost, member, start };
}
const changing = (epoch: number, after: number, policy: DoorPolicy, delegation?: Delegation) => ({
  ...commit(epoch, after),
  doorChange: doorChangeOf(policy, delegation),
});
const coHostDelegation = delegationOf("co-host", 1);
const link = (generation: number) => ({ generation, accessHash: bytesOf(32, 50 + generation) });
const accessBy = (room: RoomSimulation, fill: number): string => {
  const access = judgeAccess(room.state, {
    accessHash: bytesOf(32, fill),
    memberId: memberNo(70),
    shown: undefined,
  });
  return access.ok ? "ok" : access.error.code;
};
/** What a visitor who comes now is told. */
const lobby = (room: RoomSimulation) => room.readOne(room.visit(60), "lobby");

describe("a commit that changes the door", () => {
  it("[DOOR-1, DOOR-4] is handed on with its change, and the door is changed with it, evicted or not", () => {
    const { room, host, member, start } = call();
    const change = changing(2, 2, { ...start, serial: 1, mode: "knock", link: link(1) });
    room.send(host, change);
    expect(room.readOne(host, "commit-taken")).toMatchObject({ seq: 3 });
    expect(room.readOne(member, "entry").doorChange).toEqual(change.doorChange);
    for (const how of ["as it is", "evicted"]) {
      if (how === "evicted") room.evict();
      expect(lobby(room)).toMatchObject({ mode: "knock", policy: bytesOf(64, 101) });
      expect([accessBy(room, 51), accessBy(room, 2)]).toEqual(["ok", "link-replaced"]);
    }
    room.close(member);
    const back = room.visit(2);
    room.send(back, resume(2));
    expect(room.readOne(back, "entries").entries[0]?.doorChange).toEqual(change.doorChange);
  });

  it("[DOOR-4] that falls leaves the door as it was, the old link included, and the next change builds on that", () => {
    const { room, host, coHost, member, start } = call();
    room.send(host, changing(2, 2, { ...start, serial: 1, locked: true, link: link(1) }));
    room.send(coHost, says("refused", 3));
    room.send(member, says("refused", 3));
    expect(lobby(room)).toMatchObject({ locked: false, policy: bytesOf(64, 4) });
    expect([accessBy(room, 51), accessBy(room, 2)]).toEqual(["access-wrong", "ok"]);
    room.send(coHost, changing(2, 3, { ...start, serial: 1, mode: "knock" }, coHostDelegation));
    expect(room.readAll(coHost, "commit-taken")).toHaveLength(1);
    expect(lobby(room)).toMatchObject({ mode: "knock", locked: false });
  });

  it("[DOOR-4] that is lost changes nothing", () => {
    const { room, host, member, start } = call();
    room.send(member, commit(2, 2));
    room.send(host, changing(2, 2, { ...start, serial: 1, locked: true }));
    expect(room.readAll(host, "commit-lost")).toHaveLength(1);
    expect(lobby(room).locked).toBe(false);
  });

  it("[DOOR-3, DOOR-4] of two hosts at once the first wins; the other is handed its change, and gets a turn", () => {
    const { room, host, coHost, start } = call();
    room.holdsChecks = true;
    const change = changing(2, 2, { ...start, serial: 1, locked: true });
    room.send(host, change);
    room.send(coHost, changing(2, 2, { ...start, serial: 1, mode: "knock" }, coHostDelegation));
    const checks = room.effects.flatMap((effect) =>
      effect.type === "check-signer" ? [effect] : [],
    );
    expect(checks.map(({ socketId }) => socketId)).toEqual([host, coHost]);
    for (const check of checks) room.answerCheck(check);
    expect(room.readAll(host, "commit-taken")).toHaveLength(1);
    expect(room.readOne(coHost, "commit-lost").entries).toMatchObject([
      { seq: 3, doorChange: change.doorChange },
    ]);
    expect(lobby(room)).toMatchObject({ locked: true, mode: "open" });
    room.advance(LIMITS.groupInfoUnconfirmedMs);
    expect(room.readAll(coHost, "turn")).toHaveLength(1);
  });

  it("[DOOR-4] stays when its entry is no longer kept, and when the group has ended", () => {
    const { room, host, coHost, member, start } = call({}, { commitsKept: 4 });
    room.send(host, changing(2, 2, { ...start, serial: 1, link: link(1) }));
    for (let epoch = 3; epoch < 9; epoch += 1) {
      room.send(coHost, says("applied", epoch));
      room.advance(LIMITS.groupInfoUnconfirmedMs);
      room.send(epoch % 2 === 0 ? host : member, commit(epoch, epoch));
    }
    expect(room.state.group?.log.entries[0]?.seq).toBeGreaterThan(3);
    room.evict();
    expect([accessBy(room, 51), accessBy(room, 2)]).toEqual(["ok", "link-replaced"]);
    room.send(coHost, says("applied", 9));
    room.send(host, changing(9, 9, { ...start, serial: 2, locked: true, link: link(2) }));
    for (const socketId of [host, coHost, member]) room.close(socketId);
    room.advance(LIMITS.groupIdleMs);
    expect(room.state.group).toBeUndefined();
    room.evict();
    expect(lobby(room)).toMatchObject({ locked: true, policy: bytesOf(64, 102) });
    expect([accessBy(room, 52), accessBy(room, 51), accessBy(room, 2)]).toEqual([
      "ok",
      "link-replaced",
      "link-replaced",
    ]);
  });

  it("[TICKET-6, DOOR-5] that asks for admission takes all GroupInfos away; one that asks for none brings one again", () => {
    const { room, host, coHost, member, start } = call();
    const visitor = room.visit(9);
    expect(room.readOne(visitor, "lobby").groupInfo).toBeDefined();
    room.send(host, changing(2, 2, { ...start, serial: 1, mode: "knock" }));
    room.send(coHost, says("applied", 3));
    expect(room.state.group?.log.groupInfos.size).toBe(0);
    expect(room.readAll(visitor, "lobby").at(-1)).toMatchObject({
      mode: "knock",
      epoch: 3,
      seq: 3,
    });
    room.send(visitor, commit(3, 3, "join"));
    expect(failures(room, visitor)).toEqual([["admission-required", "commit"]]);
    room.send(member, commit(3, 3));
    room.send(coHost, says("applied", 4));
    expect(room.state.group?.log.groupInfos.size).toBe(0);
    room.send(host, changing(4, 4, { ...start, serial: 2 }));
    room.send(coHost, says("applied", 5));
    expect(room.readAll(visitor, "lobby").at(-1)?.groupInfo).toEqual(bytesOf(40, 5));
  });

  it("[DOOR-5, HOST-6] that bans closes the sockets of the banned, and of nobody whom the roles name", () => {
    const { room, host, coHost, member, start } = call();
    const bannedMemberIds = [memberNo(2), memberNo(CO_HOST), memberNo(9)];
    const visitor = room.visit(9);
    room.send(host, changing(2, 2, { ...start, serial: 1, bannedMemberIds }));
    expect(failures(room, member)).toEqual([["banned"]]);
    for (const socketId of [member, visitor]) {
      expect(room.closed.get(socketId)).toEqual({ closeCode: CLOSE.refused, reason: "banned" });
    }
    expect(room.closed.has(coHost)).toBe(false);
    const back = room.visit(2);
    room.send(back, resume(2));
    room.send(back, commit(3, 3, "join"));
    expect(failures(room, back).map(([code]) => code)).toEqual(["not-in-call", "banned"]);
  });

  it("[GROUP-4, CALL-1] who is banned takes no place in the call", () => {
    const { room, host, coHost, start } = call({ capacity: 3 });
    room.send(host, changing(2, 2, { ...start, serial: 1, bannedMemberIds: [memberNo(2)] }));
    room.send(coHost, says("applied", 3));
    const ann = room.visit(9);
    room.send(ann, commit(3, 3, "join"));
    expect(room.readAll(ann, "commit-taken")).toHaveLength(1);
  });

  it("[ROTATE-6] that makes a new link while somebody knocks leaves them waiting; who comes by the old one is told so", () => {
    const { room, host, start } = call({ mode: "knock" });
    const ann = room.visit(9);
    room.send(ann, { type: "knock", sealed: bytesOf(50, 1) });
    room.send(host, changing(2, 2, { ...start, serial: 1, link: link(1) }));
    expect(room.closed.has(ann)).toBe(false);
    expect(accessBy(room, 2)).toBe("link-replaced");
    room.send(host, admit(9));
    expect(room.readAll(ann, "admitted")).toHaveLength(1);
  });
});

describe("who may change the door", () => {
  it.each<
    [
      string,
      string,
      (made: ReturnType<typeof call>) => readonly [SocketId, ReturnType<typeof changing>],
    ]
  >([
    [
      "a member without a role, with a change a host signed",
      "not-host",
      ({ member, start }) => [member, changing(2, 2, { ...start, serial: 1, locked: true })],
    ],
    [
      "a host with what is no change",
      "policy-invalid",
      ({ host }) => [host, { ...commit(2, 2), doorChange: bytesOf(90, 1) }],
    ],
    [
      "a host who replays a serial",
      "policy-serial",
      ({ host, start }) => [host, changing(2, 2, { ...start, serial: 0, locked: true })],
    ],
    [
      "a host who leaves one out",
      "policy-serial",
      ({ host, start }) => [host, changing(2, 2, { ...start, serial: 2, locked: true })],
    ],
    [
      "a co-host who touches the roles",
      "policy-not-allowed",
      ({ coHost, start }) => [
        coHost,
        changing(
          2,
          2,
          { ...start, serial: 1, roles: [...roles, { memberId: memberNo(2), role: "co-host" }] },
          coHostDelegation,
        ),
      ],
    ],
    [
      "a co-host who makes a new link and bans nobody",
      "policy-not-allowed",
      ({ coHost, start }) => [
        coHost,
        changing(2, 2, { ...start, serial: 1, link: link(1) }, coHostDelegation),
      ],
    ],
    [
      "a co-host by a delegation the policy does not list",
      "delegation-withdrawn",
      ({ coHost, start }) => [
        coHost,
        changing(2, 2, { ...start, serial: 1, locked: true }, delegationOf("co-host", 7)),
      ],
    ],
    [
      "a co-host whose delegation is past its time",
      "delegation-expired",
      ({ coHost, start }) => [
        coHost,
        changing(2, 2, { ...start, serial: 1, locked: true }, delegationOf("co-host", 1, 1_000)),
      ],
    ],
  ])("[DOOR-3] %s is told %s, and the door stays", (_, code, make) => {
    const made = call();
    const [sender, message] = make(made);
    made.room.send(sender, message);
    expect(failures(made.room, sender)).toEqual([[code, "commit"]]);
    expect(made.room.state.group?.log.entries).toHaveLength(2);
    expect(lobby(made.room)).toMatchObject({ locked: false, policy: bytesOf(64, 4) });
  });

  it("[DOOR-3] a signature that does not hold, or is for another room, is told policy-invalid", () => {
    const { room, host, start } = call();
    room.verdict = "invalid";
    room.send(host, changing(2, 2, { ...start, serial: 1, locked: true }));
    expect(failures(room, host)).toEqual([["policy-invalid", "commit"]]);
    expect(room.state.group?.log.entries).toHaveLength(2);
  });

  it("[DOOR-3] a member who replays a change that fell, and that everybody saw, is told not-host", () => {
    const { room, host, coHost, member, start } = call();
    const fell = changing(2, 2, { ...start, serial: 1, locked: true });
    room.send(host, fell);
    room.send(coHost, says("refused", 3));
    room.send(member, says("refused", 3));
    room.send(member, { ...fell, ...commit(2, 3) });
    expect(failures(room, member)).toEqual([["not-host", "commit"]]);
  });

  it("[DOOR-3] a joiner brings no change with it", () => {
    const { room, start } = call();
    const other = room.visit(9, { role: "host" });
    const change = doorChangeOf({ ...start, serial: 1, locked: true });
    room.send(other, { ...commit(2, 2, "join"), doorChange: change });
    expect(failures(room, other)).toEqual([["policy-invalid", "commit"]]);
  });

  it("[HOST-2, DOOR-3] a co-host who is withdrawn while its change is checked, or before it lets one in, does neither", () => {
    const { room, host, coHost, member, start } = call({ mode: "knock" });
    room.send(coHost, { ...admit(2) });
    room.holdsChecks = true;
    room.send(coHost, changing(2, 2, { ...start, serial: 1, locked: true }, coHostDelegation));
    room.send(host, changing(2, 2, { ...start, serial: 1, roles: [] }));
    const [coHosts, hosts] = room.effects.flatMap((effect) =>
      effect.type === "check-signer" ? [effect] : [],
    );
    if (coHosts === undefined || hosts === undefined) throw new Error("expected two checks");
    room.answerCheck(hosts);
    room.answerCheck(coHosts);
    room.send(coHost, admit(9));
    expect(failures(room, coHost)).toEqual([
      ["not-host", "commit"],
      ["not-host", "admit"],
    ]);
    expect(lobby(room).locked).toBe(false);
    // The policy that withdrew it falls: it is co-host again.
    room.send(coHost, says("refused", 3));
    room.send(member, says("refused", 3));
    room.visit(9);
    room.send(coHost, admit(9));
    expect(failures(room, coHost)).toEqual([]);
  });

  it("[HOST-4] by a host link one is co-host as long as the policy lists its serial, on the socket that is open", () => {
    const listed = [{ role: "co-host", delegationSerial: 4 }] as const;
    const { room, host, start } = call({ mode: "knock", roles: [...roles, ...listed] });
    const linked = room.visit(9, { role: "co-host", delegation: 4 });
    room.send(linked, commit(2, 2, "join"));
    room.advance(LIMITS.groupInfoUnconfirmedMs);
    room.visit(30);
    room.send(linked, admit(30));
    room.send(host, changing(3, 3, { ...start, serial: 1, roles }));
    room.send(linked, admit(30));
    expect(failures(room, linked)).toEqual([["not-host", "admit"]]);
  });

  it("[HOST-5, KNOCK-3] who is made co-host in the call is one at once, and is told who waits", () => {
    const { room, host, member, start } = call({ mode: "knock", roles: [] });
    room.send(room.visit(9), { type: "knock", sealed: bytesOf(50, 1) });
    const made = { memberId: memberNo(2), role: "co-host", delegationSerial: 1 } as const;
    room.send(host, changing(2, 2, { ...start, serial: 1, roles: [made] }));
    expect(room.readOne(member, "knock").from).toBe(memberNo(9));
    room.send(member, admit(9));
    expect(failures(room, member)).toEqual([]);
  });
});
