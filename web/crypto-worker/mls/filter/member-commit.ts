import { judgeGroupPolicyChange } from "../../../../protocol/policy-change.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { CommitFailureCode, MlsGroup, MlsMember } from "../../../core/mls-engine.ts";
import { type CommitReason, readCommitReason } from "./authenticated-data.ts";
import { judgeBye } from "./bye.ts";
import { goneAllowance } from "./gone-ledger.ts";
import { readContextPolicy, roleOf } from "./group-policy.ts";
import type { CommitCase, CommitPlan, PlannedPolicy, PlanResult } from "./plan.ts";
import type { ExtensionSnapshot, ProposalSnapshot } from "./snapshot.ts";

type Failure = { readonly code: CommitFailureCode };

/** SPEC MLS-3 to MLS-6: what a member may commit. */
export async function planMemberCommit({ group, commit }: CommitCase): Promise<PlanResult> {
  const { sender } = commit;
  const committer = group.members.find(
    ({ leaf }) => sender.type === "member" && leaf === sender.leaf,
  );
  if (committer === undefined) return fail("commit-invalid");
  const proposals = readProposals(commit.proposals);
  if (!proposals.ok) return proposals;
  const removed = findRemoved(group, committer, proposals.value.removals);
  if (removed === undefined) return fail("removal-not-allowed");
  const reason = readCommitReason(commit.authenticatedData);
  if (!reason.ok) return reason;
  const context = proposals.value.extensions;
  if (reason.value.type === "bye" || reason.value.type === "gone") {
    return context === undefined
      ? planRemoval(group, committer, removed, reason.value)
      : fail("proposal-refused");
  }
  const plan = await planByRole(group, committer, removed, context, reason.value);
  if (plan.ok && plan.value.kind === "update" && commit.pathLeaf === undefined) {
    return fail("commit-invalid");
  }
  return plan;
}

type MemberProposals = {
  readonly removals: readonly number[];
  readonly extensions: readonly ExtensionSnapshot[] | undefined;
};

/** Removes and at most one GroupContextExtensions, by value. SPEC MLS-1, MLS-7. */
function readProposals(proposals: readonly ProposalSnapshot[]): Result<MemberProposals, Failure> {
  const removals: number[] = [];
  let extensions: readonly ExtensionSnapshot[] | undefined;
  for (const proposal of proposals) {
    if (proposal.type === "reference") return fail("proposal-by-reference");
    if (proposal.type === "remove") removals.push(proposal.leaf);
    else if (proposal.type === "group-context-extensions" && extensions === undefined) {
      ({ extensions } = proposal);
    } else return fail("proposal-refused");
  }
  return ok({ removals, extensions });
}

/** The members at the removed leaves: each there, none twice, none the committer. */
function findRemoved(
  { members }: MlsGroup,
  committer: MlsMember,
  leaves: readonly number[],
): readonly MlsMember[] | undefined {
  if (new Set(leaves).size !== leaves.length) return undefined;
  const removed = members.filter(({ leaf }) => leaves.includes(leaf));
  return removed.length === leaves.length && !removed.includes(committer) ? removed : undefined;
}

/** Removes that any member may commit, for the reason they give. */
async function planRemoval(
  group: MlsGroup,
  committer: MlsMember,
  removed: readonly MlsMember[],
  reason: Extract<CommitReason, { readonly type: "bye" | "gone" }>,
): Promise<PlanResult> {
  const plan: CommitPlan = {
    kind: reason.type,
    removed,
    by: { type: "member", member: committer },
    policy: undefined,
  };
  if (removed.length === 0) return fail("removal-mismatch");
  if (reason.type === "gone") {
    const allowance = goneAllowance(group.goneLedger, committer.identityKey, group.epoch);
    return removed.length <= allowance ? ok(plan) : fail("gone-limit");
  }
  const said = reason.byes.map(({ leaf }) => leaf);
  const isEachSaid =
    said.length === removed.length && removed.every(({ leaf }) => said.includes(leaf));
  if (!isEachSaid) return fail("removal-mismatch");
  for (const bye of reason.byes) {
    const judged = await judgeBye(group, bye);
    if (!judged.ok) return judged;
  }
  return ok(plan);
}

/** Commits by role: an update, a new policy, a kick, or the last two together. */
async function planByRole(
  group: MlsGroup,
  committer: MlsMember,
  removed: readonly MlsMember[],
  extensions: readonly ExtensionSnapshot[] | undefined,
  door: Extract<CommitReason, { readonly type: "none" | "door" }>,
): Promise<PlanResult> {
  const by = { type: "member", member: committer } as const;
  let policy: PlannedPolicy | undefined;
  // A new policy and its copy for the door go together, or not at all: SPEC DOOR-1.
  if ((extensions === undefined) !== (door.type === "none")) return fail("door-not-named");
  if (extensions !== undefined && door.type === "door") {
    const read = await readContextPolicy(group.roomId, extensions);
    if (!read.ok) return read;
    const { policy: after, signer } = read.value;
    const change = judgeGroupPolicyChange(group.policy, after, signer, removed.length > 0);
    if (!change.ok) return change;
    policy = { ...read.value, doorPolicyHash: door.doorPolicyHash };
  }
  if (removed.length > 0) {
    // A policy that comes with the kick counts: it is signed for what its signer may say.
    const rules = policy?.policy ?? group.policy;
    const role = roleOf(rules, committer.identityKey);
    // Who has a role is the host's to remove: SPEC HOST-6.
    const isAllowed =
      role === "host" ||
      (role === "co-host" &&
        removed.every(({ identityKey }) => roleOf(rules, identityKey) === undefined));
    return isAllowed ? ok({ kind: "kick", removed, by, policy }) : fail("removal-not-allowed");
  }
  return ok({ kind: policy === undefined ? "update" : "policy", removed, by, policy });
}
