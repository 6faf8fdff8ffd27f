import { equalBytes } from "../../../../protocol/bytes.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import { POLICY_EXTENSION_TYPE } from "../../../../protocol/policy.ts";
import type {
  CommitFailureCode,
  GoneRow,
  MlsChange,
  MlsGroup,
  MlsMember,
} from "../../../core/mls-engine.ts";
import { planExternalCommit } from "./external-commit.ts";
import { nextLedger } from "./gone-ledger.ts";
import { planMemberCommit } from "./member-commit.ts";
import { readMembers } from "./members.ts";
import type { CommitCase, CommitPlan, PlanResult } from "./plan.ts";
import type { ExtensionSnapshot, GroupSnapshot, LeafSnapshot } from "./snapshot.ts";

type Failure = { readonly code: CommitFailureCode };

/** The first half of the filter, before MLS applies anything: is this commit one of those allowed? SPEC MLS-2 to MLS-7. */
export const planCommit = (commitCase: CommitCase): Promise<PlanResult> =>
  commitCase.commit.sender.type === "new-member"
    ? planExternalCommit(commitCase)
    : planMemberCommit(commitCase);

/** What a commit that passed both halves leaves behind. */
export type PassedCommit = {
  readonly change: MlsChange;
  readonly members: readonly MlsMember[];
  readonly goneLedger: readonly GoneRow[];
};

/**
 * The second half, once MLS has applied the commit: the new state differs from the old in what was planned, and in nothing else.
 *
 * Trusts no library for it: proposals say one thing and a tree may say another.
 */
export async function judgeOutcome(
  { group, before }: CommitCase,
  plan: CommitPlan,
  after: GroupSnapshot,
): Promise<Result<PassedCommit, Failure>> {
  if (!equalBytes(after.groupId, before.groupId) || after.epoch !== before.epoch + 1) {
    return fail("state-mismatch");
  }
  if (!areExtensionsPlanned(before.extensions, after.extensions, plan)) {
    return fail("extension-unexpected");
  }
  const leaves = judgeLeaves(before, after, plan);
  if (!leaves.ok) return leaves;
  const members = await readMembers(group, after, group.members);
  if (!members.ok) return members;
  const committer =
    leaves.value === undefined
      ? undefined
      : members.value.find(({ leaf }) => leaf === leaves.value);
  if (committer === undefined) return fail("state-mismatch");
  const change: MlsChange = {
    kind: plan.kind,
    committer: committer.leaf,
    added: plan.by.type === "joiner" ? committer : undefined,
    removed: plan.removed,
    doorPolicyHash: plan.policy?.doorPolicyHash,
  };
  const goneLedger = ledgerAfter(group, plan);
  return ok({ change, members: members.value, goneLedger });
}

const ledgerAfter = ({ goneLedger, epoch }: MlsGroup, plan: CommitPlan): readonly GoneRow[] =>
  nextLedger(
    goneLedger,
    epoch,
    plan.kind === "gone" && plan.by.type === "member"
      ? { remover: plan.by.member.identityKey, count: plan.removed.length }
      : undefined,
  );

function areExtensionsPlanned(
  before: readonly ExtensionSnapshot[],
  after: readonly ExtensionSnapshot[],
  { policy }: CommitPlan,
): boolean {
  const expected =
    policy === undefined ? before : [{ type: POLICY_EXTENSION_TYPE, data: policy.bytes }];
  return (
    after.length === expected.length &&
    after.every(({ type, data }, index) => {
      const wanted = expected[index];
      return wanted?.type === type && equalBytes(wanted.data, data);
    })
  );
}

/** The committer's leaf, if every other leaf is as it was, the removed ones apart. SPEC MLS-6, MLS-7. */
function judgeLeaves(
  before: GroupSnapshot,
  after: GroupSnapshot,
  plan: CommitPlan,
): Result<number | undefined, Failure> {
  const removed = new Set<number>(plan.removed.map(({ leaf }) => leaf));
  const left = new Map(
    before.leaves.filter(({ leaf }) => !removed.has(leaf)).map((leaf) => [leaf.leaf, leaf]),
  );
  let committer: number | undefined = plan.by.type === "member" ? plan.by.member.leaf : undefined;
  for (const leaf of after.leaves) {
    const was = left.get(leaf.leaf);
    left.delete(leaf.leaf);
    if (was === undefined) {
      // A leaf that was not there, or not so: the one joiner's, and only in an external commit.
      const isJoiner = plan.by.type === "joiner" && committer === undefined;
      if (!isJoiner || !isLeafOf(plan, leaf)) return fail("state-mismatch");
      committer = leaf.leaf;
    } else if (plan.by.type === "member" && leaf.leaf === committer) {
      if (!isSameMember(was, leaf)) return fail("leaf-changed");
    } else if (!equalBytes(was.encoded, leaf.encoded)) return fail("leaf-changed");
  }
  return left.size === 0 ? ok(committer) : fail("state-mismatch");
}

const isLeafOf = ({ by }: CommitPlan, leaf: LeafSnapshot): boolean =>
  by.type === "joiner" &&
  leaf.credential !== undefined &&
  equalBytes(leaf.credential, by.joiner.credential) &&
  equalBytes(leaf.signatureKey, by.joiner.identityKey);

/** A path may bring a new encryption key and signature, and nothing else. */
const isSameMember = (was: LeafSnapshot, leaf: LeafSnapshot): boolean =>
  equalBytes(was.signatureKey, leaf.signatureKey) && equalBytes(was.features, leaf.features);
