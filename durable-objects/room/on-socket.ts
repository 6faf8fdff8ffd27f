import { CLOSE, type FailureCode } from "../../protocol/failure-codes.ts";
import { endGroup, progress } from "./call-progress.ts";
import { greet } from "./lobby.ts";
import { asVisitor, provedSocketOf, withMember } from "./presence.ts";
import { addStrike } from "./rate-limit.ts";
import type { RoomEvent, RoomSocket, RoomState, SocketId, Step } from "./state.ts";
import { andThen, failure, step, withSocket } from "./state.ts";
import { leaveQueue } from "./turn-queue.ts";

type EventOf<Type extends RoomEvent["type"]> = Extract<RoomEvent, { readonly type: Type }>;

/** A socket is there: it is challenged. SPEC SOCKET-2. */
export function onConnect(state: RoomState, event: EventOf<"connect">): Step {
  const { socketId, memberId, role, delegation, jti, addressTag, nonce, atMs } = event;
  const { limits } = state;
  const socket: RoomSocket = {
    memberId,
    role,
    delegation,
    jti,
    addressTag,
    nonce,
    connectedAtMs: atMs,
    strikesAtMs: [],
    phase: "challenged",
  };
  if (state.sockets.size >= limits.socketsPerRoom) {
    // It joins only to be told why it can't stay: a browser can't read why an upgrade was refused.
    return step(state, failure(socketId, "room-full"), {
      type: "close",
      socketId,
      closeCode: CLOSE.refused,
      reason: "room-full",
    });
  }
  const own = [...state.sockets].filter(([, other]) => other.memberId === memberId);
  // A proved socket gives way to a proved one only: a token alone must not throw its owner out.
  const oldest = own.find(([, { phase }]) => phase === "challenged");
  const room =
    own.length >= limits.socketsPerMember && oldest !== undefined
      ? drop(state, oldest[0], atMs, CLOSE.replaced, "socket-replaced")
      : step(state);
  return andThen(room, (made) =>
    step(withSocket(made, socketId, socket), {
      type: "send",
      to: [socketId],
      message: { type: "challenge", nonce, timeSec: Math.floor(atMs / 1000) },
    }),
  );
}

/** The signature was checked. SPEC SOCKET-2, SOCKET-3. */
export function onVerified(state: RoomState, event: EventOf<"verified">): Step {
  const { socketId, verdict, atMs } = event;
  const socket = state.sockets.get(socketId);
  if (socket?.phase !== "challenged") return step(state);
  if (verdict === "invalid") return refuse(state, socketId, atMs, "challenge-failed", "prove");
  if (verdict === "replayed") {
    return drop(state, socketId, atMs, CLOSE.again, "proof-replayed", "prove");
  }
  const older = provedSocketOf(state, socket.memberId);
  const alone =
    older === undefined
      ? step(state)
      : drop(state, older[0], atMs, CLOSE.replaced, "socket-replaced");
  return andThen(alone, (next) => {
    const visiting = withSocket(next, socketId, asVisitor(socket));
    return step(visiting, ...greet(visiting, socketId));
  });
}

/** A frame could not be read. SPEC WIRE-2, WIRE-3. */
export function onUnread(state: RoomState, event: EventOf<"unread">): Step {
  const { socketId, code, atMs } = event;
  const socket = state.sockets.get(socketId);
  if (socket === undefined) return step(state);
  if (code === "version-unknown") return refuse(state, socketId, atMs, code);
  const { strikesAtMs, out } = addStrike(socket.strikesAtMs, atMs);
  if (out) return refuse(state, socketId, atMs, code);
  return step(withSocket(state, socketId, { ...socket, strikesAtMs }), failure(socketId, code));
}

/** SPEC ROOM-8. */
export function onFlood(state: RoomState, event: EventOf<"flood">): Step {
  const { socketId, goesOn, atMs } = event;
  if (!state.sockets.has(socketId)) return step(state);
  if (goesOn) return drop(state, socketId, atMs, CLOSE.refused, "flood");
  const retryAfterMs = Math.ceil(1000 / state.limits.socketPerSecond);
  return step(state, failure(socketId, "flood", undefined, retryAfterMs));
}

/** The socket is gone, whoever closed it: its turn ends, and its member counts as lost. */
export function onClosed(state: RoomState, socketId: SocketId, atMs: number): Step {
  const socket = state.sockets.get(socketId);
  if (socket === undefined) return step(state);
  const without = withSocket(state, socketId, undefined);
  const { group } = without;
  if (group === undefined) return step(without);
  let left = leaveQueue(group, socketId);
  const member = left.members.get(socket.memberId);
  if (socket.phase === "in-call" && member?.phase === "present") {
    left = withMember(left, socket.memberId, { ...member, phase: "lost", sinceMs: atMs }, atMs);
  }
  return progress(left === group ? without : { ...without, group: left }, atMs);
}

/** The object was loaded again: sockets that are no longer there close now, as far as the room is concerned. SPEC ROOM-7. */
export function onWoken(state: RoomState, atMs: number): Step {
  const { group } = state;
  if (group === undefined) return step(state);
  const here = new Set(
    [...state.sockets.values()].flatMap(({ phase, memberId }) =>
      phase === "in-call" ? [memberId] : [],
    ),
  );
  let woken = group;
  for (const [memberId, member] of group.members) {
    if (member.phase === "present" && !here.has(memberId)) {
      woken = withMember(woken, memberId, { ...member, phase: "lost", sinceMs: atMs }, atMs);
    }
  }
  for (const socketId of [...group.queue, group.turn?.socketId]) {
    if (socketId !== undefined && !state.sockets.has(socketId)) woken = leaveQueue(woken, socketId);
  }
  return progress(woken === group ? state : { ...state, group: woken }, atMs);
}

/** Time has passed: whatever was due happens. SPEC ROOM-6. */
export function onTick(state: RoomState, atMs: number): Step {
  const { room, limits } = state;
  if (room === undefined) return step(state);
  let next = step(state);
  for (const [socketId, socket] of state.sockets) {
    if (socket.phase === "challenged" && atMs - socket.connectedAtMs >= limits.challengeTimeoutMs) {
      next = andThen(next, (current) => refuse(current, socketId, atMs, "challenge-timeout"));
    }
  }
  next = andThen(next, (current) => {
    const { group, ended } = current;
    if (group?.emptySinceMs !== undefined && atMs - group.emptySinceMs >= limits.groupIdleMs) {
      return step(endGroup(current, group, atMs));
    }
    const isForgotten = ended !== undefined && atMs - ended.endedAtMs >= limits.endedGroupMs;
    return progress(isForgotten ? { ...current, ended: undefined } : current, atMs);
  });
  return andThen(next, (current) => expire(current, atMs));
}

/** A room nobody used deletes itself; one with somebody in it is in use. */
function expire(state: RoomState, atMs: number): Step {
  const { room, limits } = state;
  if (room === undefined || atMs - room.lastUsedAtMs < limits.roomIdleMs) return step(state);
  if (state.sockets.size > 0) return step({ ...state, room: { ...room, lastUsedAtMs: atMs } });
  return step(
    { ...state, room: undefined, group: undefined, ended: undefined },
    { type: "forget-room" },
  );
}

export const refuse = (
  state: RoomState,
  socketId: SocketId,
  atMs: number,
  code: FailureCode,
  about?: string,
): Step => drop(state, socketId, atMs, CLOSE.refused, code, about);

/** Says why, closes, and goes on as if the socket had closed by itself. */
function drop(
  state: RoomState,
  socketId: SocketId,
  atMs: number,
  closeCode: number,
  reason: FailureCode,
  about?: string,
): Step {
  const said = step(state, failure(socketId, reason, about), {
    type: "close",
    socketId,
    closeCode,
    reason,
  });
  return andThen(said, (current) => onClosed(current, socketId, atMs));
}
