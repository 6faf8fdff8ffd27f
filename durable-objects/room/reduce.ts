import type { ClientMessage } from "../../protocol/client-messages.ts";
import { actOnDoor } from "./act-on-door.ts";
import { lobbyChanges } from "./lobby.ts";
import { onBye, onGroupCreate, onResume } from "./on-call.ts";
import { onCommit, onPublish, onVote } from "./on-commit.ts";
import { onEnd } from "./on-end.ts";
import { onCast, onIsGone, onOtherCast, onSignal } from "./on-relay.ts";
import {
  onClosed,
  onConnect,
  onFlood,
  onTick,
  onUnread,
  onVerified,
  onWoken,
} from "./on-socket.ts";
import { onGroupInfo, onTicket } from "./on-ticket.ts";
import { onAdmit, onKnock, onKnockWithdrawn, onRefuse } from "./on-waiting.ts";
import type { AnySaid } from "./said.ts";
import type { RoomEvent, RoomState, Step } from "./state.ts";
import { andThen, failure, step } from "./state.ts";
import { knockChanges } from "./waiting.ts";

/** Writing down when a room was last used more often than this would only cost writes. */
const LAST_USED_STEPS = 30;

/**
 * Decides all a room does. What is due by time is done first, and visitors are told of every change last.
 *
 * `state` holds nothing that is not in storage or in a socket's attachment.
 */
export function reduce(state: RoomState, event: RoomEvent): Step {
  // What is only passed on changes nothing, and is too frequent to look at the clock for.
  if (event.type === "cast" || (event.type === "message" && isPassedOn(event.message)))
    return handle(state, event);
  const due = event.type === "tick" ? step(state) : onTick(state, event.atMs);
  const handled = andThen(due, (current) => handle(current, event));
  const next = andThen(handled, (current) => actOnDoor(state, current, event.atMs));
  const told = [...knockChanges(state, next.state), ...lobbyChanges(state, next.state)];
  return { ...next, effects: [...next.effects, ...told] };
}

const isPassedOn = ({ type }: ClientMessage): boolean => type === "signal" || type === "is-gone";

function handle(state: RoomState, event: RoomEvent): Step {
  switch (event.type) {
    case "created": {
      if (state.room !== undefined) return step(state);
      const { room: given, atMs } = event;
      const room = {
        ...given,
        made: given.door,
        retiredAccessHashes: [],
        endedForGood: [],
        createdAtMs: atMs,
        lastUsedAtMs: atMs,
      };
      return step({ ...state, room });
    }
    case "used":
      return step(used(state, event.atMs));
    case "connect":
      return onConnect(state, event);
    case "verified":
      return onVerified(used(state, event.atMs), event);
    case "cast":
      return onCast(state, event);
    case "unread":
      return onUnread(state, event);
    case "flood":
      return onFlood(state, event);
    case "closed":
      return onClosed(state, event.socketId, event.atMs);
    case "woken":
      return onWoken(state, event.atMs);
    case "tick":
      return onTick(state, event.atMs);
    case "message": {
      const socket = state.sockets.get(event.socketId);
      return socket === undefined ? step(state) : onMessage(state, { ...event, socket });
    }
    case "signer-checked": {
      const socket = state.sockets.get(event.socketId);
      const { signer } = event;
      return socket === undefined
        ? step(state)
        : onMessage(state, { ...event, socket, checked: { signer } });
    }
  }
}

function used(state: RoomState, atMs: number): RoomState {
  const { room, limits } = state;
  if (room === undefined || atMs - room.lastUsedAtMs < limits.roomIdleMs / LAST_USED_STEPS)
    return state;
  return { ...state, room: { ...room, lastUsedAtMs: atMs } };
}

function onMessage(state: RoomState, said: AnySaid): Step {
  const { socketId, socket, message } = said;
  if (message.type === "prove") {
    // A second answer to a challenge that was met says nothing new.
    if (socket.phase !== "challenged") return step(state);
    const { memberId, jti, nonce } = socket;
    const { roomDeviceKey, signature } = message;
    return step(state, {
      type: "verify",
      socketId,
      memberId,
      jti,
      nonce,
      roomDeviceKey,
      signature,
    });
  }
  if (socket.phase === "challenged")
    return step(state, failure(socketId, "not-proved", message.type));
  switch (message.type) {
    case "group-create":
      return onGroupCreate(state, { ...said, message });
    case "commit":
      return onCommit(state, { ...said, message });
    case "applied":
    case "refused":
      return onVote(state, { ...said, message });
    case "publish":
      return onPublish(state, { ...said, message });
    case "resume":
      return onResume(state, { ...said, message });
    case "bye":
      return onBye(state, { ...said, message });
    case "signal":
      return onSignal(state, { ...said, message });
    case "cast":
      return onOtherCast(state, { ...said, message });
    case "is-gone":
      return onIsGone(state, { ...said, message });
    case "knock":
      return onKnock(state, { ...said, message });
    case "knock-withdrawn":
      return onKnockWithdrawn(state, said);
    case "admit":
      return onAdmit(state, { ...said, message });
    case "refuse":
      return onRefuse(state, { ...said, message });
    case "ticket":
      return onTicket(state, { ...said, message });
    case "group-info":
      return onGroupInfo(state, { ...said, message });
    case "end":
      return onEnd(state, { ...said, message });
  }
}
