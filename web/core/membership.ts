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
  PendingCommit,
} from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import { createCommitDuties } from "./commit-duty.ts";

type Lobby = Extract<RoomMessage, { type: "lobby" }>;
type Entry = Omit<Extract<RoomMessage, { type: "entry" }>, "type">;

/** What was offered to the room, or is about to be. One at a time. */
type Attempt =
  | { readonly type: "create"; readonly view: GroupView }
  | { readonly type: "join"; readonly pending: PendingCommit; readonly after: Seq; sent: boolean }
  | { readonly type: "member"; readonly pending: PendingCommit; readonly after: Seq };

/** A turn that has not come this long after the last sign of the room is asked for again. */
const TURN_WAIT_MS = 6_000;
/** What the room has not answered by then, it has not heard. */
const ANSWER_MS = 8_000;

export type MembershipHooks = {
  /** A join is prepared: links may be opened and offers made. */
  readonly prepared: (view: GroupView) => void;
  /** The join is on its way: offers may follow it. */
  readonly sent: (commitHash: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The join lost; another will be prepared. */
  readonly recalled: () => void;
  readonly entered: (view: GroupView) => Promise<void>;
  readonly applied: (change: GroupChange, before: GroupView, view: GroupView) => Promise<void>;
  /** Part of the call again, with nothing missed any more. */
  readonly resumed: () => Promise<void>;
  /** Out of the group though nobody asked for it: everything of it ends, and a join follows by itself. */
  readonly fellOut: () => void;
  readonly failed: (code: CryptoFailure["code"] | FailureCode) => void;
  /** What the room last said of itself no longer helps: a new socket gets it said again. */
  readonly renew: () => void;
  /** True when nothing authenticated came from the leaf lately. */
  readonly isSilent: (leaf: LeafIndex) => boolean;
};

/** One member's side of the commit log: joining, judging, committing, coming back. SPEC LOG-*, GROUP-*. */
export type Membership = {
  readonly phase: () => "out" | "joining" | "in";
  readonly view: () => GroupView | undefined;
  /** True when `join` can send its commit at once. */
  readonly isReady: () => boolean;
  /** True while the room may be taking our join. */
  readonly isJoinSent: () => boolean;
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
  const duties = createCommitDuties(clock, random);
  let phase: "out" | "joining" | "in" = "out";
  let lobby: Lobby | undefined;
  let view: GroupView | undefined;
  let lastSeq: Seq = 0 as Seq;
  let attempt: Attempt | undefined;
  let mayPrepare = false;
  /** No socket, or none by which the room has greeted us yet. */
  let isAway = true;
  /** The room counts this socket as a visitor's, so `lobby` is as new as can be. */
  let isVisitor = false;
  /** A question to the room is open: `resume`, or `group-create` of a call it has forgotten. */
  let asking: "resume" | "republish" | undefined;
  let isAwaitingTurn = false;
  /** The room said that it takes nothing of ours before. */
  let pausedUntilMs = 0;
  /** When the room last gave a sign that concerns what we wait for. */
  let signMs = 0;

  const sign = (): void => {
    signMs = clock.nowMs();
  };

  function offer(message: ClientMessage): boolean {
    sign();
    return send(message);
  }

  async function prepare(): Promise<void> {
    if (phase === "in" || !mayPrepare || lobby === undefined || isAway) return;
    if (isAwaitingTurn || asking !== undefined || clock.nowMs() < pausedUntilMs) return;
    if (attempt?.type === "join" && attempt.sent) return;
    const { groupId, seq, groupInfo, policy } = lobby;
    if (groupId === undefined) {
      if (phase === "joining" && attempt?.type !== "create") await create(policy);
      return;
    }
    if (attempt?.type === "create") {
      if (attempt.view.groupId === groupId) return;
      // Somebody's call was first: ours never was.
      await abandon();
    }
    if (groupInfo === undefined || seq === undefined) return;
    const isPrepared =
      attempt?.type === "join" && attempt.after === seq && attempt.pending.groupId === groupId;
    if (!isPrepared && !(await prepareJoin(groupInfo, policy, seq))) return;
    if (phase === "joining") await sendJoin();
  }

  async function create(policy: Uint8Array<ArrayBuffer>): Promise<void> {
    await abandon();
    const created = await crypto.createGroup(policy);
    if (!created.ok) return fail(created.error.code);
    const { groupInfo, view: first } = created.value;
    const { groupId, epoch } = first;
    attempt = { type: "create", view: first };
    if (!offer({ type: "group-create", groupId, epoch, groupInfo })) await abandon();
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
    return offer({ type: "commit", kind, groupId, epoch, after, commit, groupInfo, commitHash });
  };

  function fail(code: CryptoFailure["code"] | FailureCode): void {
    phase = "out";
    attempt = undefined;
    isAwaitingTurn = false;
    hooks.failed(code);
  }

  async function abandon(): Promise<void> {
    const given = attempt;
    attempt = undefined;
    if (given?.type === "create") await crypto.endGroup();
    else if (given !== undefined) await crypto.discardPending();
    if (given?.type === "join") hooks.recalled();
  }

  async function enter(first: GroupView, seq: Seq): Promise<void> {
    phase = "in";
    attempt = undefined;
    isAwaitingTurn = false;
    isVisitor = false;
    view = first;
    lastSeq = seq;
    duties.begin(first);
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
    const before = view ?? next;
    view = next;
    duties.applied(change, next);
    await hooks.applied(change, before, next);
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
      // Something between was not heard: the room says all of it again.
      if (entry.seq > lastSeq + 1) return ask();
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

  /** What is uncertain is asked before anything is done again. */
  async function ask(): Promise<void> {
    if (phase === "in" && view !== undefined) {
      asking = "resume";
      offer({ type: "resume", groupId: view.groupId, after: lastSeq });
    } else if (attempt?.type === "join" && attempt.sent) {
      asking = "resume";
      offer({ type: "resume", groupId: attempt.pending.groupId, after: attempt.after });
    } else {
      isAwaitingTurn = false;
      await abandon();
      await prepare();
    }
  }

  async function fallOut(): Promise<void> {
    phase = "joining";
    view = undefined;
    asking = undefined;
    await abandon();
    await crypto.endGroup();
    hooks.fellOut();
    if (isVisitor) await prepare();
    // In the call one is not told of the lobby: what is known of it is old.
    else hooks.renew();
  }

  async function hearLobby(message: Lobby): Promise<void> {
    lobby = message;
    isVisitor = true;
    sign();
    if (isAway) {
      isAway = false;
      return ask();
    }
    if (phase !== "in" || view === undefined) return prepare();
    if (asking === "resume") return;
    // Somebody who came back before us has published the call again, or another call has begun.
    if (asking === "republish" && message.groupId === view.groupId) return ask();
    // The room takes us for a visitor: what we built on did not stand (SPEC LOG-10).
    return fallOut();
  }

  async function hearFailure(
    message: Extract<RoomMessage, { readonly type: "failure" }>,
  ): Promise<void> {
    const { code, about, retryAfterMs } = message;
    if (about === "resume") {
      // Who was put among the visitors is told so by this too, and has heard it from the lobby already.
      if (asking !== "resume") return;
      asking = undefined;
      if (phase !== "in" || view === undefined) {
        await abandon();
        return prepare();
      }
      if (code !== "group-unknown" || lobby?.groupId !== undefined) return fallOut();
      // The service forgot the call; those who are in it publish it again (SPEC GROUP-3).
      asking = "republish";
      const { groupId } = view;
      offer({ type: "group-create", groupId, ...(await crypto.groupInfo()) });
      return;
    }
    if (about !== "commit" && about !== "group-create") return;
    if (retryAfterMs !== undefined) pausedUntilMs = clock.nowMs() + retryAfterMs;
    await abandon();
    if (phase === "in") {
      // Too far behind, or a call that nobody but us remembers.
      if (code === "entries-gone" || asking === "republish") return fallOut();
      return;
    }
    if (
      code === "call-full" ||
      code === "banned" ||
      code === "locked" ||
      code === "admission-required"
    )
      return fail(code);
    // The next lobby message, or the next tick, says from where to begin again.
  }

  async function act(): Promise<void> {
    if (phase !== "in" || view === undefined || attempt !== undefined) return;
    if (isAway || isAwaitingTurn || asking !== undefined || clock.nowMs() < pausedUntilMs) return;
    const commit = duties.due(hooks.isSilent);
    if (commit === undefined) return;
    const prepared = await crypto.prepareCommit(commit);
    if (!prepared.ok) return duties.drop(commit, view);
    if (sendCommit("member", prepared.value, lastSeq))
      attempt = { type: "member", pending: prepared.value, after: lastSeq };
    else await crypto.discardPending();
  }

  async function hear(message: RoomMessage): Promise<void> {
    switch (message.type) {
      case "lobby":
        return hearLobby(message);
      case "group-created":
        if (attempt?.type === "create") return enter(attempt.view, 0 as Seq);
        if (asking !== "republish") return;
        asking = undefined;
        isVisitor = false;
        return hooks.resumed();
      case "commit-taken":
        return install(message.seq);
      case "commit-lost":
        await abandon();
        isAwaitingTurn = true;
        sign();
        return judgeAll(message.entries);
      case "turn": {
        isAwaitingTurn = false;
        sign();
        if (phase === "in") return act();
        if (phase !== "joining" || message.groupInfo === undefined || lobby === undefined) return;
        await abandon();
        if (await prepareJoin(message.groupInfo, lobby.policy, message.seq)) await sendJoin();
        return;
      }
      case "entry":
        sign();
        return judgeAll([message]);
      case "entries": {
        asking = undefined;
        isVisitor = false;
        await judgeAll(message.entries);
        // Everything the room took is known now; what is still open was never taken.
        await abandon();
        if (phase !== "in") return prepare();
        if (asking !== undefined) return;
        await hooks.resumed();
        return act();
      }
      case "failure":
        return hearFailure(message);
      default:
    }
  }

  /** Waiting for a host, not for the room. */
  const isKeptOut = (): boolean =>
    lobby?.groupId !== undefined &&
    lobby.groupInfo === undefined &&
    (lobby.locked || lobby.mode === "knock");

  /** Nothing may wait for ever: what the room has not answered is asked, or begun again. */
  async function watch(): Promise<void> {
    const waitedMs = clock.nowMs() - signMs;
    if (isAway || clock.nowMs() < pausedUntilMs) return;
    if (phase === "in") {
      if (isAwaitingTurn && waitedMs >= TURN_WAIT_MS) isAwaitingTurn = false;
      if ((attempt !== undefined || asking !== undefined) && waitedMs >= ANSWER_MS) await ask();
    } else if (phase === "joining" && waitedMs >= ANSWER_MS && !isKeptOut()) {
      sign();
      hooks.renew();
    }
  }

  return {
    phase: () => phase,
    view: () => view,
    isReady: () => lobby !== undefined && (lobby.groupId === undefined || attempt?.type === "join"),
    isJoinSent: () =>
      phase === "joining" &&
      (attempt?.type === "create" || (attempt?.type === "join" && attempt.sent)),
    join: async () => {
      if (phase !== "out") return;
      phase = "joining";
      mayPrepare = true;
      sign();
      await prepare();
    },
    hear,
    socketLost: () => {
      isAway = true;
      isVisitor = false;
      isAwaitingTurn = false;
      asking = undefined;
    },
    takeBye: async (leaf, bye) => {
      if (view === undefined) return;
      duties.takeBye(leaf, bye, view);
      await act();
    },
    takeGone: async (leaf) => {
      if (view === undefined) return;
      duties.takeGone(leaf, view);
      await act();
    },
    allowPreparation: async () => {
      if (mayPrepare) return;
      mayPrepare = true;
      await prepare();
    },
    tick: async () => {
      await watch();
      if (phase === "joining") await prepare();
      await act();
    },
  };
}
