import { equalBytes } from "../../../../protocol/bytes.ts";
import { fail, ok } from "../../../../protocol/result.ts";
import { isBanned } from "./group-policy.ts";
import { verifyMember } from "./members.ts";
import type { CommitCase, PlanResult } from "./plan.ts";
import type { ProposalSnapshot } from "./snapshot.ts";

/** SPEC MLS-2: who comes in by an external commit, and over whose leaf. */
export async function planExternalCommit({ group, commit }: CommitCase): Promise<PlanResult> {
  const { policy, members } = group;
  const removals = readProposals(commit.proposals);
  if (removals === undefined) return fail("proposal-refused");
  if (commit.pathLeaf === undefined) return fail("commit-invalid");
  if (commit.authenticatedData.length > 0) return fail("authenticated-data-unknown");

  // The leaf's number is MLS's to give; what it says of its member does not depend on it.
  const verified = await verifyMember(group, commit.pathLeaf, 0);
  if (!verified.ok) return verified;
  const { leaf: _unplaced, ...joiner } = verified.value;
  if (isBanned(policy, joiner)) return fail("banned");

  const [removedLeaf] = removals;
  if (removedLeaf === undefined) {
    // One name on two leaves is refused by what becomes of the tree: SPEC LEAF-2.
    if (policy.mode === "knock" || policy.locked) return fail("admission-required");
    if (members.length + 1 > policy.capacity) return fail("call-full");
    return ok({ kind: "join", removed: [], by: { type: "joiner", joiner }, policy: undefined });
  }

  const replaced = members.find(({ leaf }) => leaf === removedLeaf);
  if (replaced === undefined || !equalBytes(replaced.identityKey, joiner.identityKey)) {
    return fail("removal-not-allowed");
  }
  if (replaced.memberId !== joiner.memberId) return fail("resync-other-member");
  return ok({
    kind: "resync",
    removed: [replaced],
    by: { type: "joiner", joiner },
    policy: undefined,
  });
}

/** The removed leaves, at most one; `undefined` unless the rest is exactly one `external_init`. */
function readProposals(proposals: readonly ProposalSnapshot[]): readonly number[] | undefined {
  const removals: number[] = [];
  let inits = 0;
  for (const proposal of proposals) {
    if (proposal.type === "external-init") inits += 1;
    else if (proposal.type === "remove") removals.push(proposal.leaf);
    else return undefined;
  }
  return inits === 1 && removals.length <= 1 ? removals : undefined;
}
