import { asksAdmission } from "../../protocol/policy.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import { headOf, isSettled, lastSeq, offeredGroupInfo } from "./commit-log.ts";
import { doorInForce } from "./door-in-force.ts";
import { othersInCall } from "./presence.ts";
import type { Effect, RoomState, SocketId } from "./state.ts";
import { keepersOf } from "./waiting.ts";

type Lobby = Extract<RoomMessage, { readonly type: "lobby" }>;

/** What a join starts from; none while the last entry awaits a second opinion. SPEC LOG-7, TICKET-6. */
export function offeredStart(
  state: RoomState,
): Required<Pick<Lobby, "epoch" | "seq" | "groupInfo">> | undefined {
  const { room, group } = state;
  if (room === undefined || group === undefined || !isSettled(group.log)) return undefined;
  const { policy } = doorInForce(state, room);
  return {
    epoch: headOf(group.log).epoch,
    seq: lastSeq(group.log),
    groupInfo: asksAdmission(policy) ? undefined : offeredGroupInfo(group.log)?.groupInfo,
  };
}

/** The lobby of a state. SPEC ROOM-5. */
function lobbyOf(state: RoomState): Lobby | undefined {
  const { room, group } = state;
  if (room === undefined) return undefined;
  const { policy, sealedPolicy } = doorInForce(state, room);
  return {
    type: "lobby",
    inCall: othersInCall(state, undefined).length,
    hostPresent: keepersOf(state).length > 0,
    mode: policy.mode,
    locked: policy.locked,
    policy: sealedPolicy,
    groupId: group?.groupId,
    ...offeredStart(state),
  };
}

/** Tells one socket of the lobby. */
export function greet(state: RoomState, socketId: SocketId): readonly Effect[] {
  const message = lobbyOf(state);
  return message === undefined ? [] : [{ type: "send", to: [socketId], message }];
}

/** Tells visitors what changed between two states, at most a few of each address tag. SPEC ROOM-5. */
export function lobbyChanges(before: RoomState, after: RoomState): readonly Effect[] {
  const { sockets, limits } = after;
  if (before.group === after.group && before.room === after.room && before.sockets === sockets)
    return [];
  const known = lobbyOf(before);
  const message = lobbyOf(after);
  if (known === undefined || message === undefined) return [];
  const isSame = isSameLobby(known, message);
  const perTag = new Map<string, number>();
  const to: SocketId[] = [];
  for (const [socketId, socket] of sockets) {
    if (socket.phase !== "visiting") continue;
    const count = (perTag.get(socket.addressTag) ?? 0) + 1;
    perTag.set(socket.addressTag, count);
    if (count > limits.lobbyVisitorsPerAddress) continue;
    const phase = before.sockets.get(socketId)?.phase;
    // Who was just proved was greeted.
    if (phase === "in-call" || (phase === "visiting" && !isSame)) to.push(socketId);
  }
  return to.length === 0 ? [] : [{ type: "send", to, message }];
}

/** Byte fields are compared by identity: a state carries the same bytes on until they change. */
const isSameLobby = (left: Lobby, right: Lobby): boolean =>
  left.inCall === right.inCall &&
  left.hostPresent === right.hostPresent &&
  left.mode === right.mode &&
  left.locked === right.locked &&
  left.policy === right.policy &&
  left.groupId === right.groupId &&
  left.epoch === right.epoch &&
  left.seq === right.seq &&
  left.groupInfo === right.groupInfo;
