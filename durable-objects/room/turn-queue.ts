import { headOf, isSettled, lastSeq, pausedUntilMs } from "./commit-log.ts";
import { offeredStart } from "./lobby.ts";
import type { Effect, Group, RoomSocket, RoomState, SocketId, Step } from "./state.ts";
import { step } from "./state.ts";

/** Puts a socket at the end of the queue, unless it waits already. */
export const enqueue = (group: Group, socketId: SocketId): Group =>
  group.queue.includes(socketId) ? group : { ...group, queue: [...group.queue, socketId] };

/** Ends the socket's turn, and its waiting for one. SPEC LOG-6. */
export function leaveQueue(group: Group, socketId: SocketId): Group {
  const isTurn = group.turn?.socketId === socketId;
  if (!isTurn && !group.queue.includes(socketId)) return group;
  return {
    ...group,
    queue: group.queue.filter((waiting) => waiting !== socketId),
    turn: isTurn ? undefined : group.turn,
  };
}

/** Whether somebody else's turn keeps this member from committing now. SPEC LOG-3. */
export function isOthersTurn(state: RoomState, group: Group, socket: RoomSocket): boolean {
  const holder = group.turn && state.sockets.get(group.turn.socketId);
  return holder !== undefined && holder.memberId !== socket.memberId;
}

/** Ends a turn whose lease is over and grants the next one, once the last entry is settled. SPEC LOG-6. */
export function grantTurn(state: RoomState, atMs: number): Step {
  const { limits } = state;
  let group = state.group;
  if (group === undefined) return step(state);
  if (group.turn !== undefined && group.turn.expiresAtMs <= atMs) {
    group = { ...group, turn: undefined };
  }
  const effects: Effect[] = [];
  while (group.turn === undefined && isSettled(group.log)) {
    const [socketId, ...queue]: readonly SocketId[] = group.queue;
    if (socketId === undefined) break;
    group = { ...group, queue };
    const socket = state.sockets.get(socketId);
    if (socket === undefined || pausedUntilMs(group.log, socket.memberId, limits) > atMs) continue;
    group = { ...group, turn: { socketId, expiresAtMs: atMs + limits.turnLeaseMs } };
    effects.push({
      type: "send",
      to: [socketId],
      message: {
        type: "turn",
        leaseMs: limits.turnLeaseMs,
        epoch: headOf(group.log).epoch,
        seq: lastSeq(group.log),
        groupInfo: offeredStart({ ...state, group })?.groupInfo,
      },
    });
  }
  return step(group === state.group ? state : { ...state, group }, ...effects);
}
