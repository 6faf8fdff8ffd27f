import { asksAdmission } from "../../protocol/policy.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { doorInForce, isBanned, roleOf } from "./door-in-force.ts";
import { isInCall } from "./presence.ts";
import type { Door, Group, RoomRecord, RoomSocket, RoomState } from "./state.ts";

/** Whether a member was in this group, or a host let it in. SPEC CALL-1. */
export const wasLetIn = (group: Group, memberId: MemberId): boolean =>
  group.members.has(memberId) || group.admitted.includes(memberId);

/** Why a member may not come into the call now, its capacity aside. SPEC CALL-1. */
export function objectionToEnter(
  { policy }: Door,
  group: Group,
  socket: RoomSocket,
): "banned" | "locked" | "admission-required" | undefined {
  if (isBanned(policy, socket)) return "banned";
  if (!asksAdmission(policy) || roleOf(policy, socket) !== "member") return undefined;
  if (wasLetIn(group, socket.memberId)) return undefined;
  return policy.locked ? "locked" : "admission-required";
}

/** Why a member may not join the call now. SPEC CALL-1. */
export function objectionToJoin(
  state: RoomState,
  room: RoomRecord,
  group: Group,
  socket: RoomSocket,
  atMs: number,
): FailureCode | undefined {
  const door = doorInForce(state, room);
  const objection = objectionToEnter(door, group, socket);
  if (objection !== undefined) return objection;
  let others = 0;
  for (const [memberId, member] of group.members) {
    if (memberId !== socket.memberId && isInCall(member, atMs, state.limits)) others += 1;
  }
  return others >= door.policy.capacity ? "call-full" : undefined;
}

/** Why a member may not start a call now, or publish one again that it was in. SPEC GROUP-1, GROUP-3, CALL-1. */
export function objectionToCreate(
  state: RoomState,
  room: RoomRecord,
  socket: RoomSocket,
  isAgain: boolean,
): FailureCode | undefined {
  const { policy } = doorInForce(state, room);
  if (isBanned(policy, socket)) return "banned";
  const role = roleOf(policy, socket);
  const wasMember = state.ended?.memberIds.includes(socket.memberId) === true;
  if (role === "host" || (isAgain && wasMember)) return undefined;
  if (policy.mode === "knock") return "admission-required";
  return policy.locked && role !== "co-host" && !wasMember ? "locked" : undefined;
}
