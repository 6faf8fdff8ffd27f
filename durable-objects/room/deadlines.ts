import { settlesAtMs } from "./commit-log.ts";
import type { RoomState } from "./state.ts";

/** When time alone next changes something: what the one alarm is set to. SPEC ROOM-6. */
export function nextDeadlineMs(state: RoomState): number | undefined {
  const { room, group, ended, limits } = state;
  if (room === undefined) return undefined;
  const deadlines = [room.lastUsedAtMs + limits.roomIdleMs];
  for (const socket of state.sockets.values()) {
    if (socket.phase === "challenged")
      deadlines.push(socket.connectedAtMs + limits.challengeTimeoutMs);
  }
  if (ended !== undefined) deadlines.push(ended.endedAtMs + limits.endedGroupMs);
  if (group !== undefined) {
    if (group.turn !== undefined) deadlines.push(group.turn.expiresAtMs);
    if (group.emptySinceMs !== undefined) deadlines.push(group.emptySinceMs + limits.groupIdleMs);
    const settlesMs = settlesAtMs(group.log, limits);
    if (settlesMs !== undefined) deadlines.push(settlesMs);
  }
  return Math.min(...deadlines);
}
