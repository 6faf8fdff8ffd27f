import { asksAdmission } from "../../protocol/policy.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import { objectionToJoin } from "./admission.ts";
import { progress } from "./call-progress.ts";
import {
  addVote,
  appendEntry,
  entriesAfter,
  objectionTo,
  pausedUntilMs,
  republish,
  toWire,
} from "./commit-log.ts";
import { objectionToDoorChange, readDoorChange } from "./door-change.ts";
import { doorInForce, foldDoors, roleOf } from "./door-in-force.ts";
import { othersInCall } from "./presence.ts";
import { enter, objectionToGroup, refused, type Said } from "./said.ts";
import type { Door, DoorChanged, Effect, RoomState, Step } from "./state.ts";
import { andThen, failure, step } from "./state.ts";
import { enqueue, isOthersTurn, leaveQueue } from "./turn-queue.ts";

/** SPEC LOG-3, LOG-4, GROUP-4, CALL-1, DOOR-3. */
export function onCommit(state: RoomState, said: Said<"commit">): Step {
  const { socketId, socket, message, atMs } = said;
  const { room, group, limits } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (room === undefined || group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  const isJoin = message.kind === "join";
  if (!isJoin && socket.phase !== "in-call") return refused(state, said, "not-in-call");
  const inForce = doorInForce(state, room);
  const objection = isJoin
    ? objectionToJoin(state, room, group, socket, atMs)
    : objectionToChanger(inForce, said);
  if (objection !== undefined) return refused(state, said, objection);
  const pausedMs = pausedUntilMs(group.log, socket.memberId, limits) - atMs;
  if (pausedMs > 0) return refused(state, said, "committer-paused", pausedMs);
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
  const judged = judgeDoorChange(inForce, said);
  if (judged.verdict === "unchecked")
    return step(state, { type: "check-signer", socketId, message });
  if (judged.verdict === "refused") return refused(state, said, judged.code);
  const { doorChange } = judged;
  const { policy } = doorChange?.door ?? inForce;
  const { log, entry, dropped } = appendEntry(
    after.log,
    {
      epoch: message.epoch,
      from: socket.memberId,
      kind: message.kind,
      commit: message.commit,
      commitHash: message.commitHash,
      doorChange,
      takenAtMs: atMs,
    },
    asksAdmission(policy) ? undefined : message.groupInfo,
    limits,
  );
  const others = othersInCall(state, socketId);
  const taken = { ...after, log };
  const folded = { ...state, room: foldDoors(room, dropped, limits) };
  const next = isJoin ? enter(folded, taken, said) : { ...folded, group: taken };
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

/** Who may not change the door may not put a change that fell, and that everybody saw, beside a commit of its own. SPEC DOOR-3. */
const objectionToChanger = ({ policy }: Door, { socket, message }: Said<"commit">) =>
  message.doorChange !== undefined && roleOf(policy, socket) === "member" ? "not-host" : undefined;

type JudgedChange =
  | { readonly verdict: "unchecked" }
  | { readonly verdict: "refused"; readonly code: FailureCode }
  | { readonly verdict: "taken"; readonly doorChange: DoorChanged | undefined };

/** SPEC DOOR-3. */
function judgeDoorChange(inForce: Door, said: Said<"commit">): JudgedChange {
  const { message, checked, atMs } = said;
  if (message.doorChange === undefined) return { verdict: "taken", doorChange: undefined };
  const doorChange = message.kind === "join" ? undefined : readDoorChange(message.doorChange);
  if (doorChange === undefined) return { verdict: "refused", code: "policy-invalid" };
  if (checked === undefined) return { verdict: "unchecked" };
  if (checked.signer === undefined) return { verdict: "refused", code: "policy-invalid" };
  const code = objectionToDoorChange(inForce, doorChange, checked.signer, atMs);
  return code === undefined ? { verdict: "taken", doorChange } : { verdict: "refused", code };
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

/** SPEC LOG-8, TICKET-6. */
export function onPublish(state: RoomState, said: Said<"publish">): Step {
  const { socket, message } = said;
  const { room, group } = state;
  const otherGroup = objectionToGroup(state, message.groupId);
  if (room === undefined || group === undefined || otherGroup !== undefined)
    return refused(state, said, otherGroup ?? "group-none");
  if (socket.phase !== "in-call") return refused(state, said, "not-in-call");
  if (asksAdmission(doorInForce(state, room).policy))
    return refused(state, said, "admission-required");
  const { seq, epoch, groupInfo } = message;
  const log = republish(group.log, seq, { epoch, groupInfo });
  return log === undefined
    ? refused(state, said, "epoch-out-of-range")
    : step({ ...state, group: { ...group, log } });
}
