import type { FailureCode } from "../../protocol/failure-codes.ts";
import { isInCall } from "./presence.ts";
import type { Group, RoomRecord, RoomSocket, RoomState } from "./state.ts";

/** Why a member may not join the call now. SPEC CALL-1. */
export function objectionToJoin(
  state: RoomState,
  room: RoomRecord,
  group: Group,
  socket: RoomSocket,
  atMs: number,
): FailureCode | undefined {
  const { bannedMemberIds, locked, capacity } = room.doorPolicy;
  if (bannedMemberIds.includes(socket.memberId)) return "banned";
  if (locked && !group.members.has(socket.memberId)) return "locked";
  let others = 0;
  for (const [memberId, member] of group.members) {
    if (memberId !== socket.memberId && isInCall(member, atMs, state.limits)) others += 1;
  }
  return others >= capacity ? "call-full" : undefined;
}

/** Why a member may not start a call now. SPEC GROUP-1, CALL-1. */
export function objectionToCreate(
  state: RoomState,
  room: RoomRecord,
  socket: RoomSocket,
): FailureCode | undefined {
  const { bannedMemberIds, locked, mode } = room.doorPolicy;
  if (bannedMemberIds.includes(socket.memberId)) return "banned";
  if (socket.role === "host") return undefined;
  if (mode === "knock") return "admission-required";
  const wasMember = state.ended?.memberIds.includes(socket.memberId) === true;
  return locked && socket.role !== "co-host" && !wasMember ? "locked" : undefined;
}
