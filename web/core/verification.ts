import { equalBytes } from "../../protocol/bytes.ts";
import type { Epoch, LeafIndex, MemberId } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { SecurityCode } from "../../protocol/security-code.ts";
import type { CodeFailure, GroupMember, LeafCommit, LeafNonce } from "./call-crypto.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A part of the security code on its way between two members. */
export type CodeMessage =
  | { readonly type: "code-commit"; readonly epoch: Epoch; readonly commit: Bytes }
  | { readonly type: "code-reveal"; readonly epoch: Epoch; readonly nonce: Bytes };

/** What another member has said in the run, and when it was last told what we have. */
type Other = {
  readonly leaf: LeafIndex;
  readonly commit: Bytes | undefined;
  readonly nonce: Bytes | undefined;
  readonly toldAtMs: number;
  /** How many of its repetitions were answered. */
  readonly answers: number;
};

/**
 * One run of the security code, as one member has it. SPEC VERIFY-*.
 *
 * `idle` until somebody wants it; then our commit is made, theirs are awaited, our nonce is given, theirs
 * are awaited, and the code is made. `refused`: one of them revealed what it was not bound by.
 */
export type CodeRun = {
  readonly phase:
    | "idle"
    | "binding"
    | "gathering"
    | "revealing"
    | "revealed"
    | "opening"
    | "ready"
    | "refused";
  readonly epoch: Epoch;
  readonly others: ReadonlyMap<MemberId, Other>;
  readonly own: { readonly commit: Bytes | undefined; readonly nonce: Bytes | undefined };
  readonly startedAtMs: number;
  /** When the run was last heard of or wanted: repeating ends some time after. */
  readonly heardAtMs: number;
  readonly code: SecurityCode | undefined;
  readonly refusedBy: MemberId | undefined;
};

export type CodeEvent = { readonly atMs: number } &
  /** Somebody looks at the code. Said again and again while they do. */
  (
    | { readonly type: "wanted" }
    | { readonly type: "heard"; readonly from: MemberId; readonly message: CodeMessage }
    /** What the crypto worker answered to the effect of the like name. */
    | { readonly type: "bound"; readonly epoch: Epoch; readonly commit: Bytes }
    | { readonly type: "given"; readonly nonce: Bytes }
    | { readonly type: "opened"; readonly code: SecurityCode }
    | { readonly type: "failed"; readonly failure: CodeFailure }
    | { readonly type: "tick" }
  );

export type CodeEffect =
  | { readonly type: "bind" }
  | { readonly type: "give"; readonly epoch: Epoch; readonly commits: readonly LeafCommit[] }
  | { readonly type: "open"; readonly epoch: Epoch; readonly nonces: readonly LeafNonce[] }
  | { readonly type: "say"; readonly to: MemberId; readonly message: CodeMessage };

type Step = { readonly run: CodeRun; readonly effects: readonly CodeEffect[] };

export const newCodeRun = (
  epoch: Epoch,
  others: readonly Pick<GroupMember, "leaf" | "memberId">[],
): CodeRun => ({
  phase: "idle",
  epoch,
  others: new Map(
    others.map(({ leaf, memberId }) => [
      memberId,
      {
        leaf,
        commit: undefined,
        nonce: undefined,
        toldAtMs: Number.NEGATIVE_INFINITY,
        answers: 0,
      },
    ]),
  ),
  own: { commit: undefined, nonce: undefined },
  startedAtMs: 0,
  heardAtMs: 0,
  code: undefined,
  refusedBy: undefined,
});

const still = (run: CodeRun): Step => ({ run, effects: [] });

export function stepCode(run: CodeRun, event: CodeEvent): Step {
  const { atMs } = event;
  switch (event.type) {
    case "wanted":
      return begin({ ...run, heardAtMs: atMs }, atMs);
    case "heard":
      return hear(run, event.from, event.message, atMs);
    case "bound":
      if (run.phase !== "binding" || event.epoch !== run.epoch) return still(run);
      return tellAll(
        { ...run, phase: "gathering", own: { commit: event.commit, nonce: undefined } },
        { type: "code-commit", epoch: run.epoch, commit: event.commit },
        atMs,
      );
    case "given":
      if (run.phase !== "revealing") return still(run);
      return tellAll(
        { ...run, phase: "revealed", own: { ...run.own, nonce: event.nonce } },
        { type: "code-reveal", epoch: run.epoch, nonce: event.nonce },
        atMs,
      );
    case "opened":
      if (run.phase !== "opening") return still(run);
      return still({ ...run, phase: "ready", code: event.code });
    case "failed":
      return still({ ...run, phase: "refused", refusedBy: culprit(run, event.failure) });
    case "tick":
      return repeat(run, atMs);
  }
}

/** Whom we wait for: for a commit first, then for a nonce. */
export const missingFrom = (run: CodeRun): readonly MemberId[] =>
  [...run.others].filter(([, other]) => isMissing(run, other)).map(([memberId]) => memberId);

/** Those of them who had time enough. */
export const silentIn = (run: CodeRun, atMs: number): readonly MemberId[] =>
  atMs - run.startedAtMs < LIMITS.codeSilentMs ? [] : missingFrom(run);

function isMissing({ phase }: CodeRun, { commit, nonce }: Other): boolean {
  switch (phase) {
    case "binding":
    case "gathering":
      return commit === undefined;
    case "revealing":
    case "revealed":
      return nonce === undefined;
    case "idle":
    case "opening":
    case "ready":
    case "refused":
      return false;
  }
}

function begin(run: CodeRun, atMs: number): Step {
  if (run.phase !== "idle" || run.others.size === 0) return still(run);
  return { run: { ...run, phase: "binding", startedAtMs: atMs }, effects: [{ type: "bind" }] };
}

function hear(run: CodeRun, from: MemberId, message: CodeMessage, atMs: number): Step {
  const other = run.others.get(from);
  // Not in the tree, or of a run that is over or has not begun here.
  if (other === undefined || message.epoch !== run.epoch) return still(run);
  const isCommit = message.type === "code-commit";
  // Nobody reveals before being bound.
  if (!isCommit && other.commit === undefined) return still(run);
  const said = isCommit ? message.commit : message.nonce;
  const before = isCommit ? other.commit : other.nonce;
  if (before !== undefined) {
    // The first stands. The same again is the question for what we have said.
    return equalBytes(before, said) ? answer({ ...run, heardAtMs: atMs }, from, atMs) : still(run);
  }
  const others = new Map(run.others).set(from, {
    ...other,
    ...(isCommit ? { commit: said } : { nonce: said }),
  });
  const begun = begin({ ...run, others, heardAtMs: atMs }, atMs);
  const next = advance(begun.run);
  return { run: next.run, effects: [...begun.effects, ...next.effects] };
}

/** The next step, once everybody has done theirs. A nonce that came early has waited for this unread. */
function advance(run: CodeRun): Step {
  const { epoch, others } = run;
  if (missingFrom(run).length > 0) return still(run);
  if (run.phase === "gathering") {
    const commits = [...others.values()].flatMap(({ leaf, commit }) =>
      commit === undefined ? [] : [{ leaf, commit }],
    );
    return { run: { ...run, phase: "revealing" }, effects: [{ type: "give", epoch, commits }] };
  }
  if (run.phase === "revealed") {
    const nonces = [...others.values()].flatMap(({ leaf, nonce }) =>
      nonce === undefined ? [] : [{ leaf, nonce }],
    );
    return { run: { ...run, phase: "opening" }, effects: [{ type: "open", epoch, nonces }] };
  }
  return still(run);
}

function tellAll(run: CodeRun, message: CodeMessage, atMs: number): Step {
  const others = new Map(
    [...run.others].map(([memberId, other]) => [memberId, { ...other, toldAtMs: atMs }]),
  );
  const said = [...others.keys()].map((to): CodeEffect => ({ type: "say", to, message }));
  const next = advance({ ...run, others });
  return { run: next.run, effects: [...said, ...next.effects] };
}

function answer(run: CodeRun, to: MemberId, atMs: number): Step {
  const other = run.others.get(to);
  if (other === undefined || other.answers >= LIMITS.codeAnswers) return still(run);
  if (atMs - other.toldAtMs < LIMITS.codeAnswerMs) return still(run);
  const others = new Map(run.others).set(to, { ...other, answers: other.answers + 1 });
  return tellAgain({ ...run, others }, to, atMs);
}

function repeat(run: CodeRun, atMs: number): Step {
  if (atMs - run.heardAtMs >= LIMITS.codeSilentMs) return still(run);
  const late = missingFrom(run).filter((memberId) => {
    const toldAtMs = run.others.get(memberId)?.toldAtMs ?? atMs;
    return atMs - toldAtMs >= LIMITS.codeRepeatMs;
  });
  let step = still(run);
  for (const memberId of late) {
    const told = tellAgain(step.run, memberId, atMs);
    step = { run: told.run, effects: [...step.effects, ...told.effects] };
  }
  return step;
}

/** All that we have said in the run, to one. */
function tellAgain(run: CodeRun, to: MemberId, atMs: number): Step {
  const other = run.others.get(to);
  const { commit, nonce } = run.own;
  if (other === undefined || commit === undefined) return still(run);
  const { epoch } = run;
  const effects: CodeEffect[] = [
    { type: "say", to, message: { type: "code-commit", epoch, commit } },
  ];
  if (nonce !== undefined)
    effects.push({ type: "say", to, message: { type: "code-reveal", epoch, nonce } });
  const others = new Map(run.others).set(to, { ...other, toldAtMs: atMs });
  return { run: { ...run, others }, effects };
}

function culprit(run: CodeRun, failure: CodeFailure): MemberId | undefined {
  if (failure.code !== "code-nonce-mismatch") return undefined;
  return [...run.others].find(([, { leaf }]) => leaf === failure.leaf)?.[0];
}
