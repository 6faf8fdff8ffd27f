import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { LeafIndex, Seq } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, GroupChange, GroupView, MemberCommit } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import type { CommitAttempt } from "./commit-attempt.ts";
import { createCommitDuties } from "./commit-duty.ts";
import type { GroupWish } from "./group-wish.ts";

type Entry = Omit<Extract<RoomMessage, { type: "entry" }>, "type">;

/** The group as one member follows it along the log: SPEC LOG-2. */
export type GroupLog = {
  /** Undefined while one is in no group. */
  readonly view: () => GroupView | undefined;
  /** The last entry that was judged, or made. */
  readonly lastSeq: () => Seq;
  readonly enter: (view: GroupView, seq: Seq) => Promise<void>;
  /** The room took the attempt. */
  readonly install: (seq: Seq) => Promise<void>;
  /** `gap`: something between was not heard. `removed`: one is in the group no more. `put-out`: because a host said so. */
  readonly judge: (entries: readonly Entry[]) => Promise<"judged" | "gap" | "removed" | "put-out">;
  /** Offers what is wished, or what one owes the group now, if anything. */
  readonly commitDue: () => Promise<void>;
  readonly wish: (wish: GroupWish) => void;
  /** The room will not have what was wished. */
  readonly denyWish: (code: FailureCode) => void;
  readonly takeBye: (leaf: LeafIndex, bye: Uint8Array<ArrayBuffer>) => void;
  readonly takeGone: (leaf: LeafIndex) => void;
  readonly leave: () => void;
};

export type GroupLogHooks = {
  readonly entered: (view: GroupView) => Promise<void>;
  readonly applied: (change: GroupChange, before: GroupView, view: GroupView) => Promise<void>;
  /** The link was replaced by this one's. */
  readonly relinked: (secret: Uint8Array<ArrayBuffer>) => void;
  /** True when nothing authenticated came from the leaf lately. */
  readonly isSilent: (leaf: LeafIndex) => boolean;
};

export function createGroupLog(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (message: ClientMessage) => boolean;
  readonly attempt: CommitAttempt;
  readonly hooks: GroupLogHooks;
}): GroupLog {
  const { crypto, send, attempt, hooks } = ports;
  const duties = createCommitDuties(ports.clock, ports.random);
  let view: GroupView | undefined;
  let lastSeq: Seq = 0 as Seq;
  /** In the order they were said. */
  const wishes: GroupWish[] = [];
  /** The commit that the first of them became. */
  let wished: MemberCommit | undefined;

  async function enter(first: GroupView, seq: Seq): Promise<void> {
    view = first;
    lastSeq = seq;
    duties.begin(first);
    await hooks.entered(first);
  }

  async function apply(
    change: GroupChange,
    before: GroupView,
    next: GroupView,
    newSecret: Uint8Array<ArrayBuffer> | undefined,
  ): Promise<void> {
    view = next;
    if (newSecret !== undefined) hooks.relinked(newSecret);
    duties.applied(change, next);
    await hooks.applied(change, before, next);
  }

  async function install(seq: Seq): Promise<void> {
    const taken = attempt.take();
    if (taken === undefined || taken.type === "create") return;
    const { view: next, change, newSecret } = await crypto.installPending();
    if (taken.type === "join" || view === undefined) return enter(next, seq);
    lastSeq = seq;
    const isWished = taken.commit === wished;
    const wish = isWished ? wishes.shift() : undefined;
    await apply(change, view, next, newSecret);
    wish?.granted?.(taken.pending);
  }

  /** Offers the first wish that has anything left to do; false where there is none. */
  async function offerWish(now: GroupView): Promise<boolean> {
    for (let wish = wishes[0]; wish !== undefined; wish = wishes[0]) {
      wished = wish.make(now);
      const outcome = wished === undefined ? "void" : await attempt.commit(wished, lastSeq);
      if (outcome === "offered" || outcome === "not-sent") return true;
      wishes.shift();
      if (outcome !== "void") wish.failed(outcome);
    }
    return false;
  }

  return {
    view: () => view,
    lastSeq: () => lastSeq,
    enter,
    install,
    judge: async (entries) => {
      for (const entry of entries) {
        if (attempt.isOwn(entry.commit)) {
          await install(entry.seq);
          continue;
        }
        if (view === undefined || entry.seq <= lastSeq) continue;
        if (entry.seq > lastSeq + 1) return "gap";
        lastSeq = entry.seq;
        const verdict = await crypto.judge(entry);
        if (verdict.type === "skipped") continue;
        send({ type: verdict.type, groupId: view.groupId, seq: entry.seq });
        if (verdict.type === "refused") continue;
        const { kind, removed } = verdict.change;
        if (removed.includes(view.ownLeaf))
          return kind === "kick" || kind === "policy" ? "put-out" : "removed";
        await apply(verdict.change, view, verdict.view, verdict.newSecret);
      }
      return "judged";
    },
    commitDue: async () => {
      if (view === undefined || (await offerWish(view))) return;
      const commit = duties.due(hooks.isSilent);
      if (commit === undefined) return;
      const outcome = await attempt.commit(commit, lastSeq);
      if (outcome !== "offered" && outcome !== "not-sent") duties.drop(commit, view);
    },
    wish: (wish) => {
      wishes.push(wish);
    },
    denyWish: (code) => {
      const made = attempt.now();
      if (made?.type === "member" && made.commit === wished) wishes.shift()?.failed(code);
    },
    takeBye: (leaf, bye) => {
      if (view !== undefined) duties.takeBye(leaf, bye, view);
    },
    takeGone: (leaf) => {
      if (view !== undefined) duties.takeGone(leaf, view);
    },
    leave: () => {
      view = undefined;
      // What was wished was wished of that group.
      wishes.length = 0;
    },
  };
}
