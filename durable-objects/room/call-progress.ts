import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { chainOf, headOf, lastSeq, settle, strayMembers } from "./commit-log.ts";
import { foldDoors } from "./door-in-force.ts";
import { greet } from "./lobby.ts";
import { asVisitor, presentMembers, provedSocketOf, withMember } from "./presence.ts";
import type { EndedGroup, Group, RoomSocket, RoomState, Step } from "./state.ts";
import { andThen, failure, step, withSocket } from "./state.ts";
import { grantTurn, leaveQueue } from "./turn-queue.ts";

/** Whatever follows from the log, its votes and the hour: settling, strays, turns. Runs after every event that may change them. */
export function progress(state: RoomState, atMs: number): Step {
  const { group, limits } = state;
  if (group === undefined) return step(state);
  const log = settle(group.log, presentMembers(group), atMs, limits);
  const settled = log === group.log ? state : { ...state, group: { ...group, log } };
  return andThen(tellStrays(settled, atMs), (told) => grantTurn(told, atMs));
}

/** Whose MLS state is not the group's is a visitor again, and is told so. SPEC LOG-10. */
const tellStrays = (state: RoomState, atMs: number): Step =>
  [...(state.group === undefined ? [] : strayMembers(state.group.log))].reduce(
    (before, memberId) => andThen(before, (current) => tellStray(current, memberId, atMs)),
    step(state),
  );

function tellStray(state: RoomState, memberId: MemberId, atMs: number): Step {
  const member = state.group?.members.get(memberId);
  if (state.group === undefined || member === undefined) return step(state);
  if (member.stray || member.phase === "left") return step(state);
  const sinceMs = member.phase === "lost" ? member.sinceMs : atMs;
  const group = withMember(state.group, memberId, { phase: "lost", sinceMs, stray: true }, atMs);
  const [socketId, socket] = provedSocketOf(state, memberId) ?? [];
  if (socketId === undefined || socket?.phase !== "in-call") return step({ ...state, group });
  const visiting = withSocket(
    { ...state, group: leaveQueue(group, socketId) },
    socketId,
    asVisitor(socket),
  );
  // The lobby first: it holds the GroupInfo to join by.
  return step(
    visiting,
    ...greet(visiting, socketId),
    failure(socketId, "entries-gone", "resume" satisfies ClientMessage["type"]),
  );
}

/**
 * Ends the group and remembers who may publish it again. Whoever is in the call visits from then on.
 * What its log made of the door stays. SPEC GROUP-2, GROUP-3, DOOR-4.
 */
export function endGroup(state: RoomState, group: Group, atMs: number): RoomState {
  const room = state.room && foldDoors(state.room, chainOf(group.log), state.limits);
  const sockets = new Map(
    [...state.sockets].map(([socketId, socket]) => [socketId, outOfGroup(socket)] as const),
  );
  const left = [...group.members].flatMap(([id, { phase }]) => (phase === "left" ? [id] : []));
  const ended: EndedGroup = {
    groupId: group.groupId,
    epoch: headOf(group.log).epoch,
    lastSeq: lastSeq(group.log),
    memberIds: [...group.members].flatMap(([id, { phase }]) => (phase === "left" ? [] : [id])),
    // Who was in it may come back if it does.
    admitted: [...new Set([...left, ...group.admitted])].slice(-state.limits.admissionsKept),
    blocked: group.blocked,
    endedAtMs: atMs,
  };
  return { ...state, room, sockets, group: undefined, ended };
}

/** A ticket was for the group that is over. */
function outOfGroup(socket: RoomSocket): RoomSocket {
  if (socket.phase === "in-call") return asVisitor(socket);
  return socket.phase === "visiting" && socket.ticket !== undefined
    ? { ...socket, ticket: undefined }
    : socket;
}
