import type { RoomMessage } from "../../protocol/room-messages.ts";
import { lastSeq, offeredGroupInfo } from "./commit-log.ts";
import { othersInCall } from "./presence.ts";
import type { Effect, RoomSocket, RoomState, SocketId } from "./state.ts";

type Lobby = Extract<RoomMessage, { readonly type: "lobby" }>;

/** The lobby of a state, as a function of who looks. SPEC ROOM-5. */
function lobbyOf(state: RoomState): ((visitor: RoomSocket) => Lobby) | undefined {
  const { room, group } = state;
  if (room === undefined) return undefined;
  const { mode, locked } = room.doorPolicy;
  const base = {
    type: "lobby",
    inCall: othersInCall(state, undefined).length,
    hostPresent: isHostPresent(state),
    mode,
    locked,
    policy: room.sealedPolicy,
    groupId: group?.groupId,
  } as const;
  const offered = group && offeredGroupInfo(group.log);
  if (group === undefined || offered === undefined) return () => base;
  const { epoch, groupInfo } = offered;
  const full = { ...base, epoch, seq: lastSeq(group.log), groupInfo };
  // Whoever was in this group may come back into a locked room, and needs the GroupInfo for it.
  return ({ memberId }) =>
    mode === "open" && (!locked || group.members.has(memberId)) ? full : base;
}

function isHostPresent(state: RoomState): boolean {
  for (const { role, phase } of state.sockets.values()) {
    if (role === "host" && phase !== "challenged") return true;
  }
  return false;
}

/** Tells one socket of the lobby. */
export function greet(state: RoomState, socketId: SocketId): readonly Effect[] {
  const socket = state.sockets.get(socketId);
  const message = socket && lobbyOf(state)?.(socket);
  return message === undefined ? [] : [{ type: "send", to: [socketId], message }];
}

/** Tells visitors what changed between two states, at most a few of each address tag. SPEC ROOM-5. */
export function lobbyChanges(before: RoomState, after: RoomState): readonly Effect[] {
  const { sockets, limits } = after;
  if (before.group === after.group && before.room === after.room && before.sockets === sockets)
    return [];
  const lobbyBefore = lobbyOf(before);
  const lobby = lobbyOf(after);
  if (lobbyBefore === undefined || lobby === undefined) return [];
  const perTag = new Map<string, number>();
  // Most visitors are told the same: one message for all of them is encoded once.
  const told = new Map<Lobby, SocketId[]>();
  for (const [socketId, socket] of sockets) {
    if (socket.phase !== "visiting") continue;
    const count = (perTag.get(socket.addressTag) ?? 0) + 1;
    perTag.set(socket.addressTag, count);
    if (count > limits.lobbyVisitorsPerAddress) continue;
    const known = before.sockets.get(socketId);
    // Greeted as it was proved.
    if (known === undefined || known.phase === "challenged") continue;
    const message = lobby(socket);
    if (known.phase === "visiting" && isSameLobby(lobbyBefore(known), message)) continue;
    told.set(message, [...(told.get(message) ?? []), socketId]);
  }
  return [...told].map(([message, to]) => ({ type: "send", to, message }));
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
