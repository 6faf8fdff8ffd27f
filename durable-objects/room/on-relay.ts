import { equalBytes } from "../../protocol/bytes.ts";
import type { Said } from "./on-call.ts";
import { othersInCall, provedSocketOf } from "./presence.ts";
import type { RoomState, Step } from "./state.ts";
import { failure, step } from "./state.ts";

/** SPEC ROOM-1, ROOM-2. */
export function onSignal(state: RoomState, said: Said<"signal">): Step {
  const { socketId, socket, message } = said;
  const { to, signal, commitHash } = message;
  const { memberId: from } = socket;
  if (commitHash !== undefined) {
    const isTaken = state.group?.log.entries.some(
      (entry) => entry.from === from && equalBytes(entry.commitHash, commitHash),
    );
    // `commit-lost` said it already.
    if (isTaken !== true) return step(state);
  }
  if (socket.phase !== "in-call") return step(state, failure(socketId, "not-in-call", "signal"));
  const member = state.group?.members.get(to);
  const target = member?.phase === "left" ? undefined : member && provedSocketOf(state, to);
  return target === undefined
    ? step(state, failure(socketId, "member-unknown", "signal"))
    : step(state, { type: "send", to: [target[0]], message: { type: "signal", from, signal } });
}

/** SPEC ROOM-3. */
export function onCast(state: RoomState, said: Said<"cast">): Step {
  const { socketId, socket, message } = said;
  if (socket.phase !== "in-call") return step(state, failure(socketId, "not-in-call", "cast"));
  if (state.group?.groupId !== message.groupId)
    return step(state, failure(socketId, "group-unknown", "cast"));
  const { memberId: from } = socket;
  return step(state, {
    type: "send",
    to: othersInCall(state, socketId),
    message: { type: "cast", from, cast: message.cast },
  });
}

/** SPEC ROOM-4. */
export function onIsGone(state: RoomState, said: Said<"is-gone">): Step {
  const { socketId, socket, message } = said;
  if (socket.phase !== "in-call") return step(state, failure(socketId, "not-in-call", "is-gone"));
  const { memberId } = message;
  const [target] = provedSocketOf(state, memberId) ?? [];
  return step(state, { type: "tell-gone", to: socketId, memberId, target });
}
