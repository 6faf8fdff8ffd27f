import { equalBytes } from "../../../../protocol/bytes.ts";
import { asksAdmission } from "../../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { CommitFailureCode, MlsGroup } from "../../../core/mls-engine.ts";
import { readTicketData } from "./authenticated-data.ts";
import { isBanned } from "./group-policy.ts";
import { verifyMember } from "./members.ts";
import type { CommitCase, PlanResult } from "./plan.ts";
import type { CommitSnapshot, ProposalSnapshot } from "./snapshot.ts";
import { judgeTicket } from "./ticket.ts";

/** SPEC MLS-2: who comes in by an external commit, and over whose leaf. */
export async function planExternalCommit({ group, commit }: CommitCase): Promise<PlanResult> {
  const { policy, members } = group;
  const removals = readProposals(commit.proposals);
  if (removals === undefined) return fail("proposal-refused");
  if (commit.pathLeaf === undefined) return fail("commit-invalid");
  const asksTicket = removals.length === 0 && asksAdmission(policy);
  if (!asksTicket && commit.authenticatedData.length > 0) {
    return fail("authenticated-data-unknown");
  }

  // The leaf's number is MLS's to give; what it says of its member does not depend on it.
  const verified = await verifyMember(group, commit.pathLeaf, 0);
  if (!verified.ok) return verified;
  const { leaf: _unplaced, ...joiner } = verified.value;
  if (isBanned(policy, joiner)) return fail("banned");

  const [removedLeaf] = removals;
  if (removedLeaf === undefined) {
    // One name on two leaves is refused by what becomes of the tree: SPEC LEAF-2.
    const admitted = asksTicket ? await judgeAdmission(group, commit, joiner) : ok(undefined);
    if (!admitted.ok) return admitted;
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

/** SPEC TICKET-4. */
async function judgeAdmission(
  group: MlsGroup,
  { authenticatedData }: CommitSnapshot,
  { identityKey }: { readonly identityKey: Uint8Array },
): Promise<Result<undefined, { readonly code: CommitFailureCode }>> {
  if (authenticatedData.length === 0) return fail("admission-required");
  const ticket = readTicketData(authenticatedData);
  return ticket.ok ? judgeTicket(group, ticket.value, identityKey) : ticket;
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
