import type { Epoch, MemberId, RoomId } from "../../protocol/ids.ts";
import type { SecurityCode } from "../../protocol/security-code.ts";
import type { CallCrypto, GroupChange, GroupMember, GroupView } from "./call-crypto.ts";
import type { CallNotice, SecurityState } from "./call-state.ts";
import type { Clock } from "./clock.ts";
import type { DeviceMemory } from "./device-memory.ts";
import {
  type CodeEffect,
  type CodeEvent,
  type CodeMessage,
  type CodeRun,
  missingFrom,
  newCodeRun,
  silentIn,
  stepCode,
} from "./verification.ts";
import { createVerifiedPeople, type Trust } from "./verified-people.ts";

/** Somebody who has not said their name by then is told of without it. */
const NAME_WAIT_MS = 3_000;

export type CodePorts = {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly memory: DeviceMemory;
  readonly roomId: RoomId;
  readonly selfId: MemberId;
  readonly say: (memberId: MemberId, message: CodeMessage) => Promise<void>;
  readonly nameOf: (memberId: MemberId) => string | undefined;
  /** Somebody looks at the code: a run starts by itself with every change of who is there. */
  readonly isShown: () => boolean;
  readonly onNotice: (notice: CallNotice) => void;
};

/** The security code of the group as it is, and whom this device has verified by it. SPEC VERIFY-*. */
export type CodeComparison = {
  /** In a group anew. */
  readonly entered: (view: GroupView) => void;
  readonly applied: (change: GroupChange, view: GroupView) => void;
  /** After either, when there is time: starts the new run if it is wanted, and reads what came early. */
  readonly goOn: () => Promise<void>;
  readonly hear: (from: MemberId, message: CodeMessage) => Promise<void>;
  readonly shown: () => Promise<void>;
  readonly tick: () => Promise<void>;
  /** What people said of the code they compared; `again` takes it back. Of another code than the present one it says nothing. */
  readonly judge: (verdict: "match" | "mismatch" | "again", digits: string) => void;
  readonly forgetAll: () => void;
  readonly trustOf: (memberId: MemberId) => Trust;
  readonly state: () => SecurityState;
};

export function createCodeComparison(ports: CodePorts): CodeComparison {
  const { crypto, clock, selfId } = ports;
  const verified = createVerifiedPeople(ports.memory, ports.roomId);
  let run: CodeRun = newCodeRun(0 as Epoch, []);
  let others: ReadonlyMap<MemberId, GroupMember & { readonly sinceMs: number }> = new Map();
  /** What came before the commit that leads to its run: of each the last commit and the last reveal. */
  const early = new Map<MemberId, Partial<Record<CodeMessage["type"], CodeMessage>>>();
  let verdict: "match" | "mismatch" | undefined;
  /** Identities that were there when the codes were found equal. */
  let compared: ReadonlySet<string> = new Set();
  const told = new Set<string>();

  async function take(event: CodeEvent): Promise<void> {
    const step = stepCode(run, event);
    run = step.run;
    for (const effect of step.effects) await act(effect);
  }

  async function act(effect: CodeEffect): Promise<void> {
    const atMs = clock.nowMs();
    switch (effect.type) {
      case "say":
        return ports.say(effect.to, effect.message);
      case "bind":
        return take({ type: "bound", atMs, ...(await crypto.codeCommit()) });
      case "give": {
        const given = await crypto.codeReveal(effect);
        return take(
          given.ok
            ? { type: "given", atMs, nonce: given.value }
            : { type: "failed", atMs, failure: given.error },
        );
      }
      case "open": {
        const opened = await crypto.codeOpen(effect);
        return take(
          opened.ok
            ? { type: "opened", atMs, code: opened.value }
            : { type: "failed", atMs, failure: opened.error },
        );
      }
    }
  }

  function begin(view: GroupView): void {
    const atMs = clock.nowMs();
    const before = others;
    others = new Map(
      view.members.flatMap((member) =>
        member.memberId === selfId
          ? []
          : [[member.memberId, { ...member, sinceMs: sinceOf(before, member) ?? atMs }] as const],
      ),
    );
    run = newCodeRun(view.epoch, [...others.values()]);
  }

  async function goOn(): Promise<void> {
    if (ports.isShown()) await take({ type: "wanted", atMs: clock.nowMs() });
    const kept = [...early];
    // What is still ahead is kept again.
    early.clear();
    for (const [from, { "code-commit": commit, "code-reveal": reveal }] of kept) {
      if (commit !== undefined) await hear(from, commit);
      if (reveal !== undefined) await hear(from, reveal);
    }
  }

  async function hear(from: MemberId, message: CodeMessage): Promise<void> {
    if (!others.has(from)) return;
    if (message.epoch > run.epoch) {
      early.set(from, { ...early.get(from), [message.type]: message });
      return;
    }
    await take({ type: "heard", atMs: clock.nowMs(), from, message });
  }

  const trustOf = (memberId: MemberId): Trust => {
    const member = others.get(memberId);
    return member === undefined ? "unknown" : verified.trustOf(member, ports.nameOf(memberId));
  };

  const newcomers = (): readonly MemberId[] =>
    verdict !== "match"
      ? []
      : [...others.values()]
          .filter(({ identityKey }) => !compared.has(identityKey))
          .filter(({ memberId }) => trustOf(memberId) !== "verified")
          .map(({ memberId }) => memberId);

  function tellOnce(type: "identity-changed" | "joined-since-compared", memberId: MemberId): void {
    const member = others.get(memberId);
    const name = ports.nameOf(memberId);
    if (member === undefined) return;
    if (name === undefined && clock.nowMs() - member.sinceMs < NAME_WAIT_MS) return;
    // Once an identity: who goes from name to name must not fill the page.
    const key = `${type} ${member.identityKey}`;
    if (told.has(key)) return;
    told.add(key);
    ports.onNotice({ type, name });
  }

  return {
    entered: begin,
    applied: ({ added, removed }, view) => {
      // SPEC VERIFY-1: new keys alone leave the code as it is.
      if (added !== undefined || removed.length > 0) begin(view);
    },
    goOn,
    hear,
    shown: () => take({ type: "wanted", atMs: clock.nowMs() }),
    tick: async () => {
      const atMs = clock.nowMs();
      if (ports.isShown()) await take({ type: "wanted", atMs });
      await take({ type: "tick", atMs });
      for (const memberId of others.keys()) {
        if (trustOf(memberId) === "changed") tellOnce("identity-changed", memberId);
      }
      for (const memberId of newcomers()) tellOnce("joined-since-compared", memberId);
    },
    judge: (next, digits) => {
      if (next === "again") {
        verdict = undefined;
        return;
      }
      // Who joined as the button was pressed was not compared.
      if (run.phase !== "ready" || run.code?.digits !== digits) return;
      const present = [...others.values()];
      const identityKeys = present.map(({ identityKey }) => identityKey);
      verdict = next;
      compared = new Set(identityKeys);
      if (next === "mismatch") verified.forget(identityKeys);
      else {
        verified.add(
          present.map((member) => ({ member, name: ports.nameOf(member.memberId) ?? "" })),
        );
      }
    },
    forgetAll: () => {
      verified.forgetAll();
      // That somebody may be listening in is not forgotten with it.
      if (verdict === "match") verdict = undefined;
    },
    trustOf,
    state: () => ({
      code: codeState(run, clock.nowMs()),
      verdict,
      newcomers: newcomers(),
      remembered: verified.count(),
    }),
  };
}

const sinceOf = (
  before: ReadonlyMap<MemberId, GroupMember & { readonly sinceMs: number }>,
  { memberId, identityKey }: GroupMember,
): number | undefined => {
  const known = before.get(memberId);
  return known?.identityKey === identityKey ? known.sinceMs : undefined;
};

function codeState(run: CodeRun, atMs: number): SecurityState["code"] {
  if (run.others.size === 0) return { phase: "alone" };
  if (run.phase === "refused") return { phase: "refused", by: run.refusedBy };
  if (run.phase === "ready" && run.code !== undefined) return ready(run.code);
  return { phase: "waiting", missing: missingFrom(run), silent: silentIn(run, atMs) };
}

const ready = ({ signs, digits }: SecurityCode): SecurityState["code"] => ({
  phase: "ready",
  signs,
  digits,
});
