import type { MemberId } from "../../protocol/ids.ts";
import type { CallMember, Group, RoomLimits, RoomSocket, RoomState, SocketId } from "./state.ts";
import { withEntry } from "./state.ts";

const entrantOf = ({
  memberId,
  role,
  delegation,
  jti,
  addressTag,
  connectedAtMs,
  strikesAtMs,
}: RoomSocket) => ({ memberId, role, delegation, jti, addressTag, connectedAtMs, strikesAtMs });

/** A proved socket as that of somebody who has said nothing yet. */
export const asVisitor = (socket: RoomSocket): RoomSocket => ({
  ...entrantOf(socket),
  phase: "visiting",
  knock: undefined,
  knockedAtMs: undefined,
  ticket: undefined,
});

/** A proved socket in the call; whatever its member asked for before, it has. */
export const asInCall = (socket: RoomSocket): RoomSocket => ({
  ...entrantOf(socket),
  phase: "in-call",
});

/** Whether a member counts for the call. SPEC GROUP-4. */
export const isInCall = (
  member: CallMember | undefined,
  atMs: number,
  limits: RoomLimits,
): boolean =>
  member?.phase === "present" ||
  (member?.phase === "lost" && atMs - member.sinceMs < limits.groupIdleMs);

/** Members with a socket in the call: those whose word can be waited for. */
export const presentMembers = (group: Group): readonly MemberId[] =>
  [...group.members].flatMap(([memberId, { phase }]) => (phase === "present" ? [memberId] : []));

/** Members who left are remembered so that a locked room lets them back in; not without bound. */
const LEFT_MEMBERS_KEPT = 200;

/** Writes down where a member is, and since when the call is empty. */
export function withMember(
  group: Group,
  memberId: MemberId,
  member: CallMember,
  atMs: number,
): Group {
  let members = withEntry(group.members, memberId, member);
  const left = [...members].flatMap(([id, { phase }]) => (phase === "left" ? [id] : []));
  for (const forgotten of left.slice(0, Math.max(0, left.length - LEFT_MEMBERS_KEPT))) {
    members = withEntry(members, forgotten, undefined);
  }
  const isEmpty = [...members.values()].every(({ phase }) => phase !== "present");
  return { ...group, members, emptySinceMs: isEmpty ? (group.emptySinceMs ?? atMs) : undefined };
}

/** The proved socket of a member; there is at most one. SPEC SOCKET-3. */
export function provedSocketOf(
  state: RoomState,
  memberId: MemberId,
): readonly [SocketId, RoomSocket] | undefined {
  for (const pair of state.sockets) {
    if (pair[1].memberId === memberId && pair[1].phase !== "challenged") return pair;
  }
  return undefined;
}

/** Sockets in the call, but one. */
export function othersInCall(state: RoomState, but: SocketId | undefined): readonly SocketId[] {
  const others: SocketId[] = [];
  for (const [socketId, { phase }] of state.sockets) {
    if (phase === "in-call" && socketId !== but) others.push(socketId);
  }
  return others;
}

/** SPEC ROOM-4: `heardAtMs` is when anything, a ping included, last came from the socket. */
export const isSilent = (heardAtMs: number, atMs: number, limits: RoomLimits): boolean =>
  atMs - heardAtMs >= limits.goneSilentMs;
