import type { SocketId } from "../../durable-objects/room/state.ts";
import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { Epoch, Seq } from "../../protocol/ids.ts";
import { bytesOf, groupNo, memberNo, type RoomSimulation } from "./room-simulation.ts";

type MessageOf<Type extends ClientMessage["type"]> = Extract<
  ClientMessage,
  { readonly type: Type }
>;

export const GROUP = groupNo(1);
export const epochOf = (value: number): Epoch => value as Epoch;
export const seqOf = (value: number): Seq => value as Seq;

export const groupCreate = (group = 1, epoch = 0): MessageOf<"group-create"> => ({
  type: "group-create",
  groupId: groupNo(group),
  epoch: epochOf(epoch),
  groupInfo: bytesOf(40, epoch),
});

/** A commit whose GroupInfo is filled with the epoch it leads to, and whose hash is filled with `mark`. */
export const commit = (
  epoch: number,
  after: number,
  kind: "join" | "member" = "member",
  mark = 1,
): MessageOf<"commit"> => ({
  type: "commit",
  groupId: GROUP,
  epoch: epochOf(epoch),
  after: seqOf(after),
  kind,
  commit: bytesOf(30, mark),
  groupInfo: bytesOf(40, epoch + 1),
  commitHash: bytesOf(32, mark),
});

export const says = (type: "applied" | "refused", seq: number): ClientMessage => ({
  type,
  groupId: GROUP,
  seq: seqOf(seq),
});
export const resume = (after: number): ClientMessage => ({
  type: "resume",
  groupId: GROUP,
  after: seqOf(after),
});
export const cast = (fill = 1): ClientMessage => ({
  type: "cast",
  groupId: GROUP,
  cast: bytesOf(20, fill),
});
export const bye = (): ClientMessage => ({ type: "bye", groupId: GROUP, bye: bytesOf(20) });
export const signalTo = (member: number, commitMark?: number): ClientMessage => ({
  type: "signal",
  to: memberNo(member),
  signal: bytesOf(20, 5),
  commitHash: commitMark === undefined ? undefined : bytesOf(32, commitMark),
});

export const knock = (fill = 1): ClientMessage => ({ type: "knock", sealed: bytesOf(50, fill) });
export const admit = (member: number, fill = 1): ClientMessage => ({
  type: "admit",
  to: memberNo(member),
  sealed: bytesOf(60, fill),
});
export const refuse = (member: number, block = false): ClientMessage => ({
  type: "refuse",
  to: memberNo(member),
  block,
});
export const ticket = (fill = 1, group = 1): ClientMessage => ({
  type: "ticket",
  groupId: groupNo(group),
  sealed: bytesOf(70, fill),
});
export const groupInfoTo = (member: number, epoch: number, fill = 1): ClientMessage => ({
  type: "group-info",
  to: memberNo(member),
  groupId: GROUP,
  epoch: epochOf(epoch),
  sealed: bytesOf(80, fill),
});

/** A call of `people` members, numbered from 0, all of whom applied every join; inboxes are empty. */
export function startCall(room: RoomSimulation, people: number): readonly SocketId[] {
  const sockets = Array.from({ length: people }, (_, member) => room.visit(member));
  const [first, ...others] = sockets;
  if (first === undefined) return [];
  room.send(first, groupCreate());
  for (const [index, socketId] of others.entries()) {
    room.send(socketId, commit(index, index, "join", 100 + index));
    for (const there of sockets.slice(0, index + 1)) room.send(there, says("applied", index + 1));
  }
  for (const socketId of sockets) room.read(socketId);
  return sockets;
}

/** The codes of all failures a socket was sent, and what each is about. */
export const failures = (
  room: RoomSimulation,
  socketId: SocketId,
): readonly (readonly [string, string?])[] =>
  room
    .readAll(socketId, "failure")
    .map(({ code, about }) => (about === undefined ? [code] : [code, about]));
