import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { HostSigner } from "../../protocol/delegation.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import { asInCall, withMember } from "./presence.ts";
import type { CallMember, Group, RoomSocket, RoomState, SocketId, Step } from "./state.ts";
import { failure, step, withSocket } from "./state.ts";

type MessageOf<Type extends ClientMessage["type"]> = Extract<
  ClientMessage,
  { readonly type: Type }
>;

export type AnySaid = {
  readonly socketId: SocketId;
  readonly socket: RoomSocket;
  readonly message: ClientMessage;
  readonly atMs: number;
  /** Absent until the host's signature that the message holds was looked at. */
  readonly checked?: { readonly signer: HostSigner | undefined };
};
/** A message, and the proved socket it came by. */
export type Said<Type extends ClientMessage["type"]> = AnySaid & {
  readonly message: MessageOf<Type>;
};

export const refused = (
  state: RoomState,
  said: AnySaid,
  code: FailureCode,
  retryAfterMs?: number,
): Step => step(state, failure(said.socketId, code, said.message.type, retryAfterMs));

/** Why a message about a group is not for the one that is live. */
export function objectionToGroup(
  state: RoomState,
  groupId: string,
): "group-none" | "group-unknown" | undefined {
  if (state.group?.groupId === groupId) return undefined;
  return state.group === undefined && state.ended?.groupId !== groupId
    ? "group-none"
    : "group-unknown";
}

const present: CallMember = { phase: "present", stray: false };

/** Its sender is in the call from now on. */
export function enter(state: RoomState, group: Group, said: AnySaid): RoomState {
  const { socketId, socket, atMs } = said;
  const entered = { ...state, group: withMember(group, socket.memberId, present, atMs) };
  return withSocket(entered, socketId, asInCall(socket));
}
