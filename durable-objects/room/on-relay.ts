import { equalBytes } from "../../protocol/bytes.ts";
import { passOnCast } from "./cast-frame.ts";
import { othersInCall, provedSocketOf } from "./presence.ts";
import type { Said } from "./said.ts";
import type { RoomState, SocketId, Step } from "./state.ts";
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

/** A cast for another group than the live one: that one comes as its frame. */
export const onOtherCast = (state: RoomState, { socketId, socket }: Said<"cast">): Step =>
  step(
    state,
    failure(socketId, socket.phase === "in-call" ? "group-unknown" : "not-in-call", "cast"),
  );

/** SPEC ROOM-3. */
export function onCast(
  state: RoomState,
  event: { readonly socketId: SocketId; readonly frame: Uint8Array<ArrayBuffer> },
): Step {
  const { socketId, frame } = event;
  const socket = state.sockets.get(socketId);
  if (socket === undefined) return step(state);
  if (socket.phase !== "in-call") {
    const code = socket.phase === "challenged" ? "not-proved" : "not-in-call";
    return step(state, failure(socketId, code, "cast"));
  }
  const to = othersInCall(state, socketId);
  return step(state, { type: "send-frame", to, frame: passOnCast(frame, socket.memberId) });
}

/** SPEC ROOM-4. */
export function onIsGone(state: RoomState, said: Said<"is-gone">): Step {
  const { socketId, socket, message } = said;
  if (socket.phase !== "in-call") return step(state, failure(socketId, "not-in-call", "is-gone"));
  const { memberId } = message;
  const [newest, theirs] = provedSocketOf(state, memberId) ?? [];
  // Whoever only visits, after a reload, say, is no longer the leaf that was asked about.
  const target = theirs?.phase === "in-call" ? newest : undefined;
  return step(state, { type: "tell-gone", to: socketId, memberId, target });
}
