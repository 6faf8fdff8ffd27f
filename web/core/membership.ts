import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { GroupId, LeafIndex, Seq } from "../../protocol/ids.ts";
import { asksAdmission } from "../../protocol/policy.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import type { CallCrypto, GroupView } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import { type AttemptHooks, createCommitAttempt } from "./commit-attempt.ts";
import { createGroupLog, type GroupLog, type GroupLogHooks } from "./group-log.ts";
import type { GroupWish } from "./group-wish.ts";
import { createWayIn, type WayInFailure } from "./way-in.ts";

type Lobby = Extract<RoomMessage, { type: "lobby" }>;
type Entries = Parameters<GroupLog["judge"]>[0];

/** A turn that has not come this long after the last sign of the room is asked for again. */
const TURN_WAIT_MS = 6_000;
/** The room refuses a commit for what it would change, and would refuse it again. */
const CHANGE_REFUSED: readonly FailureCode[] = [
  "not-host",
  "policy-invalid",
  "policy-serial",
  "policy-not-allowed",
  "delegation-withdrawn",
  "delegation-expired",
];
/** What the room has not answered by then, it has not heard. */
const ANSWER_MS = 8_000;
/** Who is behind the others for this long asks the room for what is missing; after that long it joins again. */
const BEHIND_ASK_MS = 4_000;
const BEHIND_MOST_MS = 8_000;

/** Why one is not in the call. */
export type EntryFailure = WayInFailure | "knock-refused";

export type MembershipHooks = AttemptHooks &
  GroupLogHooks & {
    /** Part of the call again, with nothing missed any more. */
    readonly resumed: () => Promise<void>;
    /** Out of the group though nobody asked for it: everything of it ends, and a join follows by itself. */
    readonly fellOut: () => void;
    /** A host removed this device: nothing of it comes back by itself. */
    readonly putOut: () => Promise<void> | void;
    readonly failed: (code: EntryFailure) => void;
    /** A host let this device in: it may use relays from now on. */
    readonly admitted: () => void;
    /** Resolves once it is known which relays may be used. */
    readonly relaysKnown: () => Promise<void>;
    /** What the room last said of itself no longer helps: a new socket gets it said again. */
    readonly renew: () => void;
  };

/** One member's side of the commit log: joining, judging, committing, coming back. SPEC LOG-*, GROUP-*. */
export type Membership = {
  readonly phase: () => "out" | "knocking" | "joining" | "in";
  readonly view: () => GroupView | undefined;
  /** True when `join` can send its commit at once. */
  readonly isReady: () => boolean;
  /** True while the room may be taking our join. */
  readonly isJoinSent: () => boolean;
  readonly join: () => Promise<void>;
  /** Asks no host any more to be let in. */
  readonly stopWaiting: () => void;
  /** Wants something of the group; it is offered when it is our turn. */
  readonly wish: (wish: GroupWish) => Promise<void>;
  readonly hear: (message: RoomMessage) => Promise<void>;
  readonly socketLost: () => void;
  /** Somebody said goodbye: the record goes into a commit. */
  readonly takeBye: (leaf: LeafIndex, bye: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The room says that a silent member's socket is dead. */
  readonly takeGone: (leaf: LeafIndex) => Promise<void>;
  /** Media settled: a join may be prepared from now on. */
  readonly allowPreparation: () => Promise<void>;
  /** Every second. `isBehind`: the others say that they are in a later epoch. */
  readonly tick: (isBehind: boolean) => Promise<void>;
};

export function createMembership(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly random: () => number;
  readonly send: (message: ClientMessage) => boolean;
  /** Of oneself, for those who are asked. */
  readonly name: () => string | undefined;
  /** True where the socket entered as the host's. */
  readonly isHost: () => boolean;
  readonly hooks: MembershipHooks;
}): Membership {
  const { crypto, clock, random, send, hooks } = ports;
  /** Join was asked for: what keeps us out is tried again. */
  let isWanted = false;
  let lobby: Lobby | undefined;
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
  let behind: { readonly sinceMs: number; readonly asked: boolean } | undefined;

  const sign = (): void => {
    signMs = clock.nowMs();
  };

  function offer(message: ClientMessage): boolean {
    sign();
    return send(message);
  }

  const attempt = createCommitAttempt({ crypto, send: offer, hooks });
  const wayIn = createWayIn({ ...ports, send: offer });
  const log = createGroupLog({
    crypto,
    clock,
    random,
    send,
    attempt,
    hooks: {
      ...hooks,
      entered: (view) => {
        isAwaitingTurn = false;
        isVisitor = false;
        wayIn.reset();
        return hooks.entered(view);
      },
    },
  });

  async function prepare(): Promise<void> {
    if (log.view() !== undefined || !mayPrepare || lobby === undefined || isAway) return;
    if (isAwaitingTurn || asking !== undefined || clock.nowMs() < pausedUntilMs) return;
    const made = attempt.now();
    if (made?.type === "join" && made.sent) return;
    const { groupId, seq, groupInfo, policy } = lobby;
    if (groupId === undefined) {
      if (!isWanted || made?.type === "create") return;
      // A role may have ended since the socket entered by it.
      const mayCreate = lobby.mode === "open" || (ports.isHost() && !wayIn.isKnocking());
      return mayCreate ? create(policy) : seek();
    }
    if (made?.type === "create") {
      if (made.view.groupId === groupId || made.replaces === groupId) return;
      // Somebody's call was first: ours never was.
      await attempt.abandon();
    }
    if (asksAdmission(lobby)) return isWanted ? seek() : undefined;
    if (wayIn.isKnocking()) wayIn.reset();
    if (groupInfo === undefined || seq === undefined) return;
    const isPrepared =
      made?.type === "join" && made.after === seq && made.pending.groupId === groupId;
    if (!isPrepared && !(await prepareJoin(groupInfo, policy, seq))) return;
    if (isWanted) await attempt.sendJoin();
  }

  /** By a ticket or a knock, where the room gives nobody what a join starts from. */
  async function seek(): Promise<void> {
    if (lobby === undefined) return;
    await attempt.abandon();
    const outcome = await wayIn.seek(lobby);
    if (outcome === "replace") await create(lobby.policy, lobby.groupId);
    else if (outcome !== "sought") await fail(outcome);
  }

  async function create(policy: Uint8Array<ArrayBuffer>, replaces?: GroupId): Promise<void> {
    const outcome = await attempt.create(policy, replaces);
    if (outcome !== "offered" && outcome !== "not-sent") await fail(outcome);
  }

  async function prepareJoin(
    groupInfo: Uint8Array<ArrayBuffer>,
    policy: Uint8Array<ArrayBuffer>,
    after: Seq,
  ): Promise<boolean> {
    const outcome = await attempt.prepareJoin({ groupInfo, policy, after });
    if (outcome !== "prepared") await fail(outcome);
    return outcome === "prepared";
  }

  async function fail(code: EntryFailure): Promise<void> {
    isWanted = false;
    isAwaitingTurn = false;
    wayIn.withdraw();
    await attempt.abandon();
    hooks.failed(code);
  }

  async function judge(entries: Entries): Promise<void> {
    const outcome = await log.judge(entries);
    if (outcome === "gap") return ask();
    // Removed by mistake, or by somebody who could not hear us: come back by a join.
    if (outcome === "removed") return fallOut();
    if (outcome === "put-out") {
      log.leave();
      await crypto.endGroup();
      await hooks.putOut();
    }
  }

  /** What is uncertain is asked before anything is done again. */
  async function ask(): Promise<void> {
    const view = log.view();
    if (view !== undefined) {
      asking = "resume";
      offer({ type: "resume", groupId: view.groupId, after: log.lastSeq() });
      return;
    }
    const made = attempt.now();
    if (made?.type === "join" && made.sent) {
      asking = "resume";
      offer({ type: "resume", groupId: made.pending.groupId, after: made.after });
      return;
    }
    isAwaitingTurn = false;
    await attempt.abandon();
    await prepare();
  }

  async function fallOut(): Promise<void> {
    log.leave();
    asking = undefined;
    await attempt.abandon();
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
    const view = log.view();
    if (view === undefined) return prepare();
    if (asking === "resume") return;
    // Somebody who came back before us has published the call again, or another call has begun.
    if (asking === "republish" && message.groupId === view.groupId) return ask();
    // The room takes us for a visitor: what we built on did not stand (SPEC LOG-10).
    return fallOut();
  }

  /** A member answered the ticket: what a join starts from. */
  async function hearGroupInfo(
    message: Extract<RoomMessage, { readonly type: "group-info" }>,
  ): Promise<void> {
    const { groupId, seq, sealed } = message;
    if (log.view() !== undefined || !isWanted || lobby?.groupId !== groupId) return;
    if (attempt.now() !== undefined) return;
    sign();
    await hooks.relaysKnown();
    const { policy } = lobby;
    const outcome = await attempt.prepareJoin({ groupInfo: sealed, policy, after: seq });
    if (outcome === "prepared") return attempt.sendJoin();
    // The next member may answer better.
    if (outcome !== "group-info-invalid") await fail(outcome);
  }

  async function hearAdmitted(sealed: Uint8Array<ArrayBuffer>): Promise<void> {
    const isTaken = await wayIn.takeAdmission(sealed);
    if (log.view() !== undefined) return;
    if (isTaken) hooks.admitted();
    await prepare();
  }

  async function hearFailure(
    message: Extract<RoomMessage, { readonly type: "failure" }>,
  ): Promise<void> {
    const { code, about, retryAfterMs } = message;
    const view = log.view();
    if (about === "resume") {
      // Who was put among the visitors is told so by this too, and has heard it from the lobby already.
      if (asking !== "resume") return;
      asking = undefined;
      if (view === undefined) {
        await attempt.abandon();
        return prepare();
      }
      if (code !== "group-unknown" || lobby?.groupId !== undefined) return fallOut();
      // The service forgot the call; those who are in it publish it again (SPEC GROUP-3).
      asking = "republish";
      const { groupId } = view;
      offer({ type: "group-create", groupId, ...(await crypto.groupInfo()) });
      return;
    }
    if (about === "knock" || about === "ticket") {
      if (view !== undefined || !isWanted) return;
      const given = wayIn.refused(about, code);
      if (given !== undefined) return fail(given);
      return code === "rate-limited" ? undefined : prepare();
    }
    if (about !== "commit" && about !== "group-create") return;
    if (retryAfterMs !== undefined) pausedUntilMs = clock.nowMs() + retryAfterMs;
    if (CHANGE_REFUSED.includes(code)) log.denyWish(code);
    await attempt.abandon();
    if (view !== undefined) {
      // Too far behind, or a call that nobody but us remembers.
      if (code === "entries-gone" || asking === "republish") return fallOut();
      return;
    }
    if (code === "call-full" || code === "banned") return fail(code);
    if (code === "locked" || code === "admission-required") {
      // The room has changed its mind about us, or about itself; who asks is told which.
      if (lobby?.groupId !== undefined) wayIn.distrust(lobby.groupId);
      return seek();
    }
    // The next lobby message, or the next tick, says from where to begin again.
  }

  async function act(): Promise<void> {
    if (attempt.now() !== undefined || asking !== undefined) return;
    if (isAway || isAwaitingTurn || clock.nowMs() < pausedUntilMs) return;
    await log.commitDue();
  }

  async function hear(message: RoomMessage): Promise<void> {
    switch (message.type) {
      case "lobby":
        return hearLobby(message);
      case "group-created": {
        const made = attempt.now();
        if (made?.type === "create") {
          attempt.take();
          return log.enter(made.view, 0 as Seq);
        }
        if (asking !== "republish") return;
        asking = undefined;
        isVisitor = false;
        return hooks.resumed();
      }
      case "commit-taken":
        return log.install(message.seq);
      case "commit-lost":
        await attempt.abandon();
        isAwaitingTurn = true;
        sign();
        return judge(message.entries);
      case "turn": {
        isAwaitingTurn = false;
        sign();
        if (log.view() !== undefined) return act();
        if (!isWanted || lobby === undefined) return;
        await attempt.abandon();
        if (message.groupInfo === undefined) {
          wayIn.hurry();
          return prepare();
        }
        if (await prepareJoin(message.groupInfo, lobby.policy, message.seq))
          await attempt.sendJoin();
        return;
      }
      case "entry":
        sign();
        return judge([message]);
      case "entries": {
        asking = undefined;
        isVisitor = false;
        await judge(message.entries);
        // Everything the room took is known now; what is still open was never taken.
        await attempt.abandon();
        if (log.view() === undefined) return prepare();
        if (asking !== undefined) return;
        await hooks.resumed();
        return act();
      }
      case "group-info":
        return hearGroupInfo(message);
      case "admitted":
        return hearAdmitted(message.sealed);
      case "knock-refused":
        if (wayIn.isKnocking()) await fail(message.blocked ? "knock-blocked" : "knock-refused");
        return;
      case "failure":
        return hearFailure(message);
      default:
    }
  }

  /** Nothing may wait for ever: what the room has not answered is asked, or begun again. */
  async function watch(): Promise<void> {
    const waitedMs = clock.nowMs() - signMs;
    if (isAway || clock.nowMs() < pausedUntilMs) return;
    if (log.view() !== undefined) {
      if (isAwaitingTurn && waitedMs >= TURN_WAIT_MS) isAwaitingTurn = false;
      if ((attempt.now() !== undefined || asking !== undefined) && waitedMs >= ANSWER_MS)
        await ask();
    } else if (isWanted && waitedMs >= ANSWER_MS && !wayIn.isKnocking()) {
      sign();
      hooks.renew();
    }
  }

  /** Commits that the room keeps from us, or has made us skip: SPEC PAIR-7. */
  async function catchUp(isBehind: boolean): Promise<void> {
    if (!isBehind || isAway || log.view() === undefined) {
      behind = undefined;
      return;
    }
    const { sinceMs, asked } = (behind ??= { sinceMs: clock.nowMs(), asked: false });
    const waitedMs = clock.nowMs() - sinceMs;
    if (waitedMs >= BEHIND_MOST_MS) {
      behind = undefined;
      await fallOut();
    } else if (waitedMs >= BEHIND_ASK_MS && !asked) {
      behind = { sinceMs, asked: true };
      await ask();
    }
  }

  return {
    phase: () => {
      if (log.view() !== undefined) return "in";
      if (!isWanted) return "out";
      return wayIn.isKnocking() ? "knocking" : "joining";
    },
    view: log.view,
    isReady: () =>
      lobby !== undefined &&
      (lobby.groupId === undefined || asksAdmission(lobby) || attempt.now()?.type === "join"),
    isJoinSent: () => {
      const made = attempt.now();
      const isSent = made?.type === "create" || (made?.type === "join" && made.sent);
      return log.view() === undefined && isSent;
    },
    join: async () => {
      if (isWanted) return;
      isWanted = true;
      mayPrepare = true;
      sign();
      await prepare();
    },
    stopWaiting: () => {
      if (log.view() !== undefined || !wayIn.isKnocking()) return;
      isWanted = false;
      wayIn.withdraw();
    },
    wish: async (wish) => {
      log.wish(wish);
      await act();
    },
    hear,
    socketLost: () => {
      wayIn.socketLost();
      isAway = true;
      isVisitor = false;
      isAwaitingTurn = false;
      asking = undefined;
    },
    takeBye: async (leaf, bye) => {
      log.takeBye(leaf, bye);
      await act();
    },
    takeGone: async (leaf) => {
      log.takeGone(leaf);
      await act();
    },
    allowPreparation: async () => {
      if (mayPrepare) return;
      mayPrepare = true;
      await prepare();
    },
    tick: async (isBehind) => {
      await catchUp(isBehind);
      await watch();
      if (isWanted) await prepare();
      await act();
    },
  };
}
