import { asksAdmission } from "../../protocol/policy.ts";
import type { Seq } from "../../protocol/ids.ts";
import { objectionToCreate } from "./admission.ts";
import { endGroup, progress } from "./call-progress.ts";
import { entriesAfter, startLog, toWire } from "./commit-log.ts";
import { doorInForce, isBanned, roleOf } from "./door-in-force.ts";
import { greet } from "./lobby.ts";
import { asVisitor, isInCall, othersInCall, withMember } from "./presence.ts";
import { type AnySaid, enter, objectionToGroup, refused, type Said } from "./said.ts";
import type { CallMember, Door, Group, RoomState, Step } from "./state.ts";
import { andThen, failure, step, withSocket } from "./state.ts";
import { leaveQueue } from "./turn-queue.ts";

/** Who starts a call is in none, whatever was heard from it before: it visits until it joins. */
function leaveCall(state: RoomState, group: Group, { socketId, socket, atMs }: AnySaid): RoomState {
  const member = group.members.get(socket.memberId);
  if (socket.phase !== "in-call" || member === undefined) return state;
  const lost: CallMember = { phase: "lost", sinceMs: atMs, stray: member.stray };
  const left = withMember(leaveQueue(group, socketId), socket.memberId, lost, atMs);
  return withSocket({ ...state, group: left }, socketId, asVisitor(socket));
}

/** So far below 2^53 that no count of commits leads from here to an epoch that can't be written. */
const MOST_START_EPOCH = 2 ** 48;

/** Whether a host, whom nobody in the live call answers, may begin another in its place. SPEC GROUP-5. */
function mayReplace(state: RoomState, { policy }: Door, said: Said<"group-create">): boolean {
  const { socket, message, atMs } = said;
  const sinceMs = socket.phase === "visiting" ? socket.ticket?.unansweredSinceMs : undefined;
  return (
    message.replaces === state.group?.groupId &&
    message.groupId !== message.replaces &&
    roleOf(policy, socket) === "host" &&
    sinceMs !== undefined &&
    atMs - sinceMs >= state.limits.ticketUnansweredMs
  );
}

/** SPEC GROUP-1, GROUP-3, GROUP-5. */
export function onGroupCreate(state: RoomState, said: Said<"group-create">): Step {
  const { socketId, atMs } = said;
  const { room, group } = state;
  if (room === undefined) return step(state);
  if (group === undefined) return startGroup(state, said);
  if (!mayReplace(state, doorInForce(state, room), said)) {
    // The loser of a race joins instead, and finds in the lobby what it needs for it.
    const visiting = leaveCall(state, group, said);
    return step(visiting, ...greet(visiting, socketId));
  }
  const replaced = startGroup(endGroup(state, group, atMs), said);
  // What can't begin ends nothing.
  if (replaced.state.group === undefined) return step(state, ...replaced.effects);
  const stranded = othersInCall(state, socketId);
  return andThen(replaced, (started) =>
    step(
      started,
      ...stranded.flatMap((other) => [
        ...greet(started, other),
        failure(other, "group-unknown", "resume"),
      ]),
    ),
  );
}

/** Begins a group, or one that ended again, where none is live. */
function startGroup(state: RoomState, said: Said<"group-create">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, ended } = state;
  if (room === undefined) return step(state);
  const isAgain = ended?.groupId === message.groupId;
  const objection = objectionToCreate(state, room, socket, isAgain);
  if (objection !== undefined) return refused(state, said, objection);
  if (isAgain && !ended.memberIds.includes(socket.memberId))
    return refused(state, said, "group-unknown");
  if (room.endedForGood.includes(message.groupId)) return refused(state, said, "group-unknown");
  if (message.epoch > MOST_START_EPOCH || (isAgain && message.epoch < ended.epoch))
    return refused(state, said, "epoch-out-of-range");
  const members = isAgain
    ? ended.memberIds.map((id) => [id, { phase: "lost", sinceMs: atMs, stray: false }] as const)
    : [];
  const { policy } = doorInForce(state, room);
  const group: Group = {
    groupId: message.groupId,
    log: startLog(
      { epoch: message.epoch, seq: isAgain ? ended.lastSeq : (0 as Seq) },
      asksAdmission(policy) ? undefined : message.groupInfo,
    ),
    members: new Map(members),
    admitted: isAgain ? ended.admitted : [],
    blocked: isAgain ? ended.blocked : [],
    queue: [],
    turn: undefined,
    emptySinceMs: undefined,
  };
  return step(enter({ ...state, ended: isAgain ? undefined : ended }, group, said), {
    type: "send",
    to: [socketId],
    message: { type: "group-created", groupId: message.groupId },
  });
}

/** SPEC LOG-9, GROUP-4. */
export function onResume(state: RoomState, said: Said<"resume">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, group, limits } = state;
  if (room === undefined || group === undefined || group.groupId !== message.groupId)
    return refused(state, said, "group-unknown");
  const member = group.members.get(socket.memberId);
  if (!isInCall(member, atMs, limits)) return refused(state, said, "not-in-call");
  if (isBanned(doorInForce(state, room).policy, socket)) return refused(state, said, "banned");
  const missed = entriesAfter(group.log, message.after);
  // Who built on an entry that fell has nothing to go on from either.
  if (missed === undefined || member?.stray === true) return refused(state, said, "entries-gone");
  return step(enter(state, group, said), {
    type: "send",
    to: [socketId],
    message: { type: "entries", groupId: group.groupId, entries: missed.map(toWire) },
  });
}

/** SPEC GROUP-2, GROUP-4, ROOM-3. */
export function onBye(state: RoomState, said: Said<"bye">): Step {
  const { socketId, socket, message, atMs } = said;
  const { group } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const left = withMember(
    leaveQueue(group, socketId),
    socket.memberId,
    { phase: "left", stray: false },
    atMs,
  );
  const visiting = withSocket({ ...state, group: left }, socketId, asVisitor(socket));
  const { memberId: from } = socket;
  const told = step(visiting, {
    type: "send",
    to: othersInCall(state, socketId),
    message: { type: "bye", from, bye: message.bye },
  });
  // Nobody is left who could come back: the next call is a new one.
  const isOver = [...left.members.values()].every(({ phase }) => phase === "left");
  return isOver
    ? andThen(told, (current) => step(endGroup(current, left, atMs)))
    : andThen(told, (current) => progress(current, atMs));
}
