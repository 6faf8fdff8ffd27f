import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { Seq } from "../../protocol/ids.ts";
import { objectionToCreate, objectionToJoin } from "./admission.ts";
import { endGroup, progress } from "./call-progress.ts";
import {
  addVote,
  appendEntry,
  entriesAfter,
  objectionTo,
  pausedUntilMs,
  republish,
  startLog,
} from "./commit-log.ts";
import { greet } from "./lobby.ts";
import { isInCall, othersInCall, withMember } from "./presence.ts";
import type {
  CallMember,
  Effect,
  Group,
  LogEntry,
  RoomSocket,
  RoomState,
  SocketId,
  Step,
} from "./state.ts";
import { andThen, failure, step, withSocket } from "./state.ts";
import { enqueue, isOthersTurn, leaveQueue } from "./turn-queue.ts";

type MessageOf<Type extends ClientMessage["type"]> = Extract<
  ClientMessage,
  { readonly type: Type }
>;

type AnySaid = {
  readonly socketId: SocketId;
  readonly socket: RoomSocket;
  readonly message: ClientMessage;
  readonly atMs: number;
};
/** A message, and the proved socket it came by. */
export type Said<Type extends ClientMessage["type"]> = AnySaid & {
  readonly message: MessageOf<Type>;
};

const refused = (state: RoomState, said: AnySaid, code: FailureCode): Step =>
  step(state, failure(said.socketId, code, said.message.type));

/** Why a message about a group is not for the one that is live. */
function objectionToGroup(
  state: RoomState,
  groupId: string,
): "group-none" | "group-unknown" | undefined {
  if (state.group?.groupId === groupId) return undefined;
  return state.group === undefined && state.ended?.groupId !== groupId
    ? "group-none"
    : "group-unknown";
}

const present: CallMember = { phase: "present", stray: false };

function enter(state: RoomState, group: Group, said: AnySaid): RoomState {
  const { socketId, socket, atMs } = said;
  const entered = { ...state, group: withMember(group, socket.memberId, present, atMs) };
  return withSocket(entered, socketId, inPhase(socket, "in-call"));
}

/** A proved socket in another phase. */
function inPhase(socket: RoomSocket, phase: "visiting" | "in-call"): RoomSocket {
  const { memberId, role, jti, addressTag, connectedAtMs, strikesAtMs } = socket;
  return { memberId, role, jti, addressTag, connectedAtMs, strikesAtMs, phase };
}

/** Who starts a call is in none, whatever was heard from it before: it visits until it joins. */
function leaveCall(state: RoomState, group: Group, { socketId, socket, atMs }: AnySaid): RoomState {
  const member = group.members.get(socket.memberId);
  if (socket.phase !== "in-call" || member === undefined) return state;
  const lost: CallMember = { phase: "lost", sinceMs: atMs, stray: member.stray };
  const left = withMember(leaveQueue(group, socketId), socket.memberId, lost, atMs);
  return withSocket({ ...state, group: left }, socketId, inPhase(socket, "visiting"));
}

/** So far below 2^53 that no count of commits leads from here to an epoch that can't be written. */
const MOST_START_EPOCH = 2 ** 48;

/** SPEC GROUP-1, GROUP-3. */
export function onGroupCreate(state: RoomState, said: Said<"group-create">): Step {
  const { socketId, socket, message } = said;
  const { room, ended } = state;
  if (room === undefined) return step(state);
  // The loser of a race joins instead, and finds in the lobby what it needs for it.
  if (state.group !== undefined) {
    const visiting = leaveCall(state, state.group, said);
    return step(visiting, ...greet(visiting, socketId));
  }
  const objection = objectionToCreate(state, room, socket);
  if (objection !== undefined) return refused(state, said, objection);
  const isAgain = ended?.groupId === message.groupId;
  if (isAgain && !ended.memberIds.includes(socket.memberId))
    return refused(state, said, "group-unknown");
  if (message.epoch > MOST_START_EPOCH || (isAgain && message.epoch < ended.epoch))
    return refused(state, said, "epoch-out-of-range");
  const members = isAgain
    ? ended.memberIds.map(
        (id) => [id, { phase: "lost", sinceMs: said.atMs, stray: false }] as const,
      )
    : [];
  const group: Group = {
    groupId: message.groupId,
    log: startLog(
      { epoch: message.epoch, seq: isAgain ? ended.lastSeq : (0 as Seq) },
      message.groupInfo,
    ),
    members: new Map(members),
    queue: [],
    turn: undefined,
    emptySinceMs: undefined,
  };
  return step(enter({ ...state, ended: isAgain ? undefined : ended }, group, said), {
    type: "send",
    to: [socketId],
    message: { type: "group-created", groupId: message.groupId },
  });
}

/** SPEC LOG-3, LOG-4, GROUP-4, CALL-1. */
export function onCommit(state: RoomState, said: Said<"commit">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, group, limits } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (room === undefined || group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  const isJoin = message.kind === "join";
  if (!isJoin && socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const objection = isJoin ? objectionToJoin(state, room, group, socket, atMs) : undefined;
  if (objection !== undefined) return refused(state, said, objection);
  const pausedMs = pausedUntilMs(group.log, socket.memberId, limits) - atMs;
  if (pausedMs > 0)
    return step(state, failure(socketId, "committer-paused", message.type, pausedMs));
  const conflict = objectionTo(
    group.log,
    { from: socket.memberId, epoch: message.epoch, after: message.after, atMs },
    limits,
  );
  if (conflict === "epoch-out-of-range") return refused(state, said, conflict);
  const isLost = conflict !== undefined || isOthersTurn(state, group, socket);
  // Its turn is over either way; a loser waits for the next one at the end.
  const after = leaveQueue(group, socketId);
  if (isLost) return lose({ ...state, group: enqueue(after, socketId) }, said);
  const { log, entry } = appendEntry(
    after.log,
    {
      epoch: message.epoch,
      from: socket.memberId,
      kind: message.kind,
      commit: message.commit,
      commitHash: message.commitHash,
      takenAtMs: atMs,
    },
    message.groupInfo,
    limits,
  );
  const others = othersInCall(state, socketId);
  const taken = { ...after, log };
  const next = isJoin ? enter(state, taken, said) : { ...state, group: taken };
  const told = step(
    next,
    {
      type: "send",
      to: [socketId],
      message: { type: "commit-taken", seq: entry.seq, epoch: entry.epoch },
    },
    { type: "send", to: others, message: { type: "entry", ...toWire(entry) } },
  );
  return andThen(told, (current) => progress(current, atMs));
}

function lose(state: RoomState, said: Said<"commit">): Step {
  const { socketId, socket, message, atMs } = said;
  const missed = state.group && entriesAfter(state.group.log, message.after);
  // A member further behind than the log reaches has to join again; a joiner needs no entries.
  const answer: Effect =
    socket.phase === "in-call" && missed === undefined
      ? failure(socketId, "entries-gone", message.type)
      : {
          type: "send",
          to: [socketId],
          message: {
            type: "commit-lost",
            entries: socket.phase === "in-call" ? (missed ?? []).map(toWire) : [],
          },
        };
  return andThen(step(state, answer), (current) => progress(current, atMs));
}

const toWire = ({
  seq,
  epoch,
  from,
  commit,
}: LogEntry): Pick<LogEntry, "seq" | "epoch" | "from" | "commit"> => ({
  seq,
  epoch,
  from,
  commit,
});

/** SPEC LOG-2, LOG-3, LOG-6. */
export function onVote(state: RoomState, said: Said<"applied" | "refused">): Step {
  const { socket, message, atMs } = said;
  const { group } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const vote = { seq: message.seq, by: socket.memberId, says: message.type, atMs };
  const log = addVote(group.log, vote);
  return log === group.log ? step(state) : progress({ ...state, group: { ...group, log } }, atMs);
}

/** SPEC LOG-8. */
export function onPublish(state: RoomState, said: Said<"publish">): Step {
  const { socket, message } = said;
  const { group } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const { seq, epoch, groupInfo } = message;
  const log = republish(group.log, seq, { epoch, groupInfo });
  return log === undefined
    ? refused(state, said, "epoch-out-of-range")
    : step({ ...state, group: { ...group, log } });
}

/** SPEC LOG-9, GROUP-4. */
export function onResume(state: RoomState, said: Said<"resume">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, group, limits } = state;
  if (room === undefined || group === undefined || group.groupId !== message.groupId)
    return refused(state, said, "group-unknown");
  const member = group.members.get(socket.memberId);
  if (!isInCall(member, atMs, limits)) return refused(state, said, "not-in-call");
  if (room.doorPolicy.bannedMemberIds.includes(socket.memberId))
    return refused(state, said, "banned");
  const missed = entriesAfter(group.log, message.after);
  // Who built on an entry that fell has nothing to go on from either.
  if (missed === undefined || member?.stray === true) return refused(state, said, "entries-gone");
  return step(enter(state, group, said), {
    type: "send",
    to: [socketId],
    message: { type: "entries", groupId: group.groupId, entries: missed.map(toWire) },
  });
}

/** SPEC GROUP-2, GROUP-4, ROOM-3. */
export function onBye(state: RoomState, said: Said<"bye">): Step {
  const { socketId, socket, message, atMs } = said;
  const { group } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const left = withMember(
    leaveQueue(group, socketId),
    socket.memberId,
    { phase: "left", stray: false },
    atMs,
  );
  const visiting = withSocket({ ...state, group: left }, socketId, inPhase(socket, "visiting"));
  const { memberId: from } = socket;
  const told = step(visiting, {
    type: "send",
    to: othersInCall(state, socketId),
    message: { type: "bye", from, bye: message.bye },
  });
  // Nobody is left who could come back: the next call is a new one.
  const isOver = [...left.members.values()].every(({ phase }) => phase === "left");
  return isOver
    ? andThen(told, (current) => step(endGroup(current, left, atMs)))
    : andThen(told, (current) => progress(current, atMs));
}
