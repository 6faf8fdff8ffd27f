import { equalBytes } from "../../protocol/bytes.ts";
import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { LeafIndex, Seq } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type {
  CallCrypto,
  CryptoFailure,
  GroupChange,
  GroupView,
  MemberCommit,
  PendingCommit,
} from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import { removalDelayMs, updateDelayMs } from "./commit-duty.ts";

type Lobby = Extract<RoomMessage, { type: "lobby" }>;
type Entry = Omit<Extract<RoomMessage, { type: "entry" }>, "type">;
type Attempt =
  | { readonly type: "create"; readonly view: GroupView }
  | { readonly type: "join"; readonly pending: PendingCommit; readonly after: Seq; sent: boolean }
  | { readonly type: "member"; readonly pending: PendingCommit; readonly after: Seq };

/** A turn that never came is given up after this long. */
const TURN_WAIT_MS = 4_000;

export type MembershipHooks = {
  /** A join is prepared: links may be opened and offers made. */
  readonly prepared: (view: GroupView) => void;
  /** The join is on its way: offers may follow it. */
  readonly sent: (commitHash: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The join lost; another will be prepared. */
  readonly recalled: () => void;
  readonly entered: (view: GroupView) => Promise<void>;
  readonly applied: (change: GroupChange, view: GroupView) => Promise<void>;
  /** Out of the group though nobody asked for it: everything of it ends, and a join follows by itself. */
  readonly fellOut: () => void;
  readonly failed: (code: CryptoFailure["code"] | FailureCode) => void;
  /** True when nothing authenticated came from the leaf lately. */
  readonly isSilent: (leaf: LeafIndex) => boolean;
};

/** One member's side of the commit log: joining, judging, committing, coming back. SPEC LOG-*, GROUP-*. */
export type Membership = {
  readonly phase: () => "out" | "joining" | "in";
  readonly view: () => GroupView | undefined;
  /** True when `join` can send its commit at once. */
  readonly ready: () => boolean;
  readonly join: () => Promise<void>;
  readonly hear: (message: RoomMessage) => Promise<void>;
  readonly socketLost: () => void;
  /** Somebody said goodbye: the record goes into a commit. */
  readonly takeBye: (leaf: LeafIndex, bye: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The room says that a silent member's socket is dead. */
  readonly takeGone: (leaf: LeafIndex) => Promise<void>;
  /** Media settled: a join may be prepared from now on. */
  readonly allowPreparation: () => Promise<void>;
  readonly tick: () => Promise<void>;
};

export function createMembership(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (message: ClientMessage) => boolean;
  readonly hooks: MembershipHooks;
}): Membership {
  const { crypto, clock, random, send, hooks } = ports;
  let phase: "out" | "joining" | "in" = "out";
  let lobby: Lobby | undefined;
  let view: GroupView | undefined;
  let lastSeq: Seq = 0 as Seq;
  let attempt: Attempt | undefined;
  let mayPrepare = false;
  let reconnected = false;
  let turnAwaitedSinceMs: number | undefined;
  const byes = new Map<
    LeafIndex,
    { readonly bye: Uint8Array<ArrayBuffer>; readonly dueMs: number }
  >();
  const gones = new Map<LeafIndex, number>();
  let updateDueMs = Number.POSITIVE_INFINITY;

  async function prepare(): Promise<void> {
    if (phase === "in" || !mayPrepare || lobby === undefined || turnAwaitedSinceMs !== undefined)
      return;
    if (attempt?.type === "join" && attempt.sent) return;
    const { groupId, seq, groupInfo, policy } = lobby;
    if (groupId === undefined) {
      if (phase === "joining" && attempt === undefined) await create(policy);
      return;
    }
    if (attempt?.type === "create") {
      if (attempt.view.groupId === groupId) return;
      // Somebody's call was first: ours never was.
      attempt = undefined;
      await crypto.endGroup();
    }
    if (groupInfo === undefined || seq === undefined) return;
    const isPrepared =
      attempt?.type === "join" && attempt.after === seq && attempt.pending.groupId === groupId;
    if (!isPrepared && !(await prepareJoin(groupInfo, policy, seq))) return;
    if (phase === "joining") await sendJoin();
  }

  async function create(policy: Uint8Array<ArrayBuffer>): Promise<void> {
    const created = await crypto.createGroup(policy);
    if (!created.ok) return fail(created.error.code);
    const { groupInfo, view: first } = created.value;
    attempt = { type: "create", view: first };
    const sent = send({
      type: "group-create",
      groupId: first.groupId,
      epoch: first.epoch,
      groupInfo,
    });
    if (!sent) await abandon();
  }

  async function prepareJoin(
    groupInfo: Uint8Array<ArrayBuffer>,
    policy: Uint8Array<ArrayBuffer>,
    after: Seq,
  ): Promise<boolean> {
    const prepared = await crypto.prepareJoin({ groupInfo, policy });
    if (!prepared.ok) {
      fail(prepared.error.code);
      return false;
    }
    attempt = { type: "join", pending: prepared.value, after, sent: false };
    hooks.prepared(prepared.value.view);
    return true;
  }

  async function sendJoin(): Promise<void> {
    if (attempt?.type !== "join" || attempt.sent) return;
    attempt.sent = sendCommit("join", attempt.pending, attempt.after);
    if (attempt.sent) await hooks.sent(attempt.pending.commitHash);
  }

  const sendCommit = (kind: "join" | "member", pending: PendingCommit, after: Seq): boolean => {
    const { groupId, epoch, commit, groupInfo, commitHash } = pending;
    return send({ type: "commit", kind, groupId, epoch, after, commit, groupInfo, commitHash });
  };

  function fail(code: CryptoFailure["code"] | FailureCode): void {
    phase = "out";
    attempt = undefined;
    turnAwaitedSinceMs = undefined;
    hooks.failed(code);
  }

  async function abandon(): Promise<void> {
    if (attempt?.type === "create") await crypto.endGroup();
    else if (attempt !== undefined) await crypto.discardPending();
    if (attempt?.type === "join") hooks.recalled();
    attempt = undefined;
  }

  async function enter(first: GroupView, seq: Seq): Promise<void> {
    phase = "in";
    attempt = undefined;
    turnAwaitedSinceMs = undefined;
    view = first;
    lastSeq = seq;
    byes.clear();
    gones.clear();
    updateDueMs = clock.nowMs() + updateDelayMs(first.members.length, random());
    await hooks.entered(first);
  }

  /** Ours was taken. */
  async function install(seq: Seq): Promise<void> {
    const taken = attempt;
    if (taken === undefined || taken.type === "create") return;
    const installed = await crypto.installPending();
    if (taken.type === "join") return enter(installed.view, seq);
    attempt = undefined;
    lastSeq = seq;
    await apply(installed.change, installed.view);
  }

  async function apply(change: GroupChange, next: GroupView): Promise<void> {
    view = next;
    for (const leaf of change.removed) {
      byes.delete(leaf);
      gones.delete(leaf);
    }
    if (change.committer === next.ownLeaf) {
      updateDueMs = clock.nowMs() + updateDelayMs(next.members.length, random());
    }
    await hooks.applied(change, next);
  }

  async function judgeAll(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      if (
        attempt !== undefined &&
        attempt.type !== "create" &&
        equalBytes(entry.commit, attempt.pending.commit)
      ) {
        await install(entry.seq);
        continue;
      }
      if (phase !== "in" || view === undefined || entry.seq <= lastSeq) continue;
      if (entry.seq > lastSeq + 1) {
        send({ type: "resume", groupId: view.groupId, after: lastSeq });
        return;
      }
      lastSeq = entry.seq;
      const verdict = await crypto.judge(entry);
      if (verdict.type === "skipped") continue;
      send({ type: verdict.type, groupId: view.groupId, seq: entry.seq });
      if (verdict.type === "refused") continue;
      // Removed by mistake, or by somebody who could not hear us: come back by a join.
      if (verdict.change.removed.includes(view.ownLeaf)) return fallOut();
      await apply(verdict.change, verdict.view);
    }
  }

  /** Back on a new socket: what is certain is asked before anything is done again. */
  async function comeBack(): Promise<void> {
    reconnected = false;
    if (phase === "in" && view !== undefined) {
      send({ type: "resume", groupId: view.groupId, after: lastSeq });
    } else if (attempt?.type === "join" && attempt.sent) {
      send({ type: "resume", groupId: attempt.pending.groupId, after: attempt.after });
    } else {
      turnAwaitedSinceMs = undefined;
      await abandon();
      await prepare();
    }
  }

  async function fallOut(): Promise<void> {
    phase = "joining";
    view = undefined;
    attempt = undefined;
    await crypto.endGroup();
    hooks.fellOut();
    await prepare();
  }

  async function hearFailure(code: FailureCode, about: string | undefined): Promise<void> {
    if (about === "resume") {
      if (phase !== "in") {
        await abandon();
        return prepare();
      }
      if (code === "group-unknown" && lobby?.groupId === undefined && view !== undefined) {
        // The service forgot the call; those who are in it publish it again (SPEC GROUP-3).
        const { epoch, groupInfo } = await crypto.groupInfo();
        send({ type: "group-create", groupId: view.groupId, epoch, groupInfo });
        return;
      }
      return fallOut();
    }
    if (about !== "commit" && about !== "group-create") return;
    if (phase === "in") return abandon();
    const isFinal =
      code === "call-full" ||
      code === "banned" ||
      code === "locked" ||
      code === "admission-required";
    await abandon();
    if (isFinal) return fail(code);
    // The next lobby message, or the next tick, says from where to begin again.
  }

  async function act(): Promise<void> {
    if (
      phase !== "in" ||
      view === undefined ||
      attempt !== undefined ||
      turnAwaitedSinceMs !== undefined
    )
      return;
    const nowMs = clock.nowMs();
    const commit = dueCommit(nowMs);
    if (commit === undefined) return;
    const prepared = await crypto.prepareCommit(commit);
    if (!prepared.ok) {
      if (commit.kind === "update")
        updateDueMs = nowMs + updateDelayMs(view.members.length, random());
      else if (commit.kind === "bye") byes.clear();
      else gones.clear();
      return;
    }
    if (sendCommit("member", prepared.value, lastSeq))
      attempt = { type: "member", pending: prepared.value, after: lastSeq };
    else await crypto.discardPending();
  }

  function dueCommit(nowMs: number): MemberCommit | undefined {
    const isDue = [...byes.values()].some(({ dueMs }) => dueMs <= nowMs);
    if (isDue) return { kind: "bye", byes: [...byes.values()].map(({ bye }) => bye) };
    for (const leaf of gones.keys()) {
      if (!hooks.isSilent(leaf)) gones.delete(leaf);
    }
    const gone = [...gones].filter(([, dueMs]) => dueMs <= nowMs).map(([leaf]) => leaf);
    // One at a time: the rule of three in sixteen epochs is per remover (SPEC MLS-5).
    if (gone[0] !== undefined) return { kind: "gone", leaves: [gone[0]] };
    return updateDueMs <= nowMs ? { kind: "update" } : undefined;
  }

  const removalDueMs = (leaf: LeafIndex): number => {
    if (view === undefined) return Number.POSITIVE_INFINITY;
    const leaves = view.members.map((member) => member.leaf);
    const leaving = new Set([leaf, ...byes.keys(), ...gones.keys()]);
    return (
      clock.nowMs() + removalDelayMs({ ownLeaf: view.ownLeaf, leaves, leaving, random: random() })
    );
  };

  return {
    phase: () => phase,
    view: () => view,
    ready: () => lobby !== undefined && (lobby.groupId === undefined || attempt?.type === "join"),
    join: async () => {
      if (phase !== "out") return;
      phase = "joining";
      mayPrepare = true;
      await prepare();
    },
    hear: async (message) => {
      switch (message.type) {
        case "lobby":
          lobby = message;
          return reconnected ? comeBack() : prepare();
        case "group-created":
          if (attempt?.type === "create") return enter(attempt.view, 0 as Seq);
          // Published again: the log begins anew.
          lastSeq = 0 as Seq;
          return;
        case "commit-taken":
          return install(message.seq);
        case "commit-lost":
          await abandon();
          turnAwaitedSinceMs = clock.nowMs();
          return judgeAll(message.entries);
        case "turn": {
          turnAwaitedSinceMs = undefined;
          if (phase === "in") return act();
          const groupInfo = message.groupInfo ?? lobby?.groupInfo;
          if (phase !== "joining" || groupInfo === undefined || lobby === undefined) return;
          if (await prepareJoin(groupInfo, lobby.policy, message.seq)) await sendJoin();
          return;
        }
        case "entry":
          return judgeAll([message]);
        case "entries": {
          await judgeAll(message.entries);
          // Everything the room took is known now; what is still open was never taken.
          await abandon();
          return phase === "in" ? act() : prepare();
        }
        case "failure":
          return hearFailure(message.code, message.about);
        default:
      }
    },
    socketLost: () => {
      reconnected = true;
      turnAwaitedSinceMs = undefined;
      // The room forgot a group that nobody else heard of.
      if (attempt?.type === "join" && !attempt.sent) attempt = undefined;
    },
    takeBye: async (leaf, bye) => {
      byes.set(leaf, { bye, dueMs: removalDueMs(leaf) });
      await act();
    },
    takeGone: async (leaf) => {
      if (!gones.has(leaf)) gones.set(leaf, removalDueMs(leaf));
      await act();
    },
    allowPreparation: async () => {
      if (mayPrepare) return;
      mayPrepare = true;
      await prepare();
    },
    tick: async () => {
      if (turnAwaitedSinceMs !== undefined && clock.nowMs() - turnAwaitedSinceMs >= TURN_WAIT_MS) {
        turnAwaitedSinceMs = undefined;
      }
      if (phase === "joining" && !reconnected) await prepare();
      await act();
    },
  };
}
