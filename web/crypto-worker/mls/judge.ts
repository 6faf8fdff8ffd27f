import { equalBytes } from "../../../protocol/bytes.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { CommitFailure, MlsGroup, MlsJudged } from "../../core/mls-engine.ts";
import { judgeOutcome, type PassedCommit, planCommit } from "./filter/judge-commit.ts";
import type { CommitCase, CommitPlan } from "./filter/plan.ts";
import type { CommitSnapshot } from "./filter/snapshot.ts";
import { makeGroup, secretsOf } from "./group.ts";
import { idBytes } from "./group-info.ts";
import {
  applyCommit,
  type Bytes,
  type ClientState,
  type CommitMessage,
  decodeCommit,
  groupSnapshot,
  openableEpochs,
  readCommit,
} from "./ts-mls-adapter.ts";

/** Judges somebody else's commit by the whole filter; the group is left as it was. */
export async function judgeCommit(
  group: MlsGroup,
  bytes: Bytes,
): Promise<Result<MlsJudged, CommitFailure>> {
  const { state, suite } = secretsOf(group);
  const opened = openCommit(group, bytes);
  if (!opened.ok) return opened;
  const commit = await readCommit(state, opened.value, suite);
  if (commit === undefined) return fail("commit-invalid");
  const commitCase: CommitCase = { group, before: groupSnapshot(state), commit };
  const plan = await planCommit(commitCase);
  if (!plan.ok) return plan;
  if (plan.value.removed.some(({ leaf }) => leaf === group.ownLeaf)) {
    return judgeOwnRemoval(group, opened.value, plan.value);
  }
  const applied = await applyCommit(state, opened.value, suite);
  if (applied === undefined || applied === "removed") return fail("commit-invalid");
  const passed = await judgeOutcome(commitCase, plan.value, groupSnapshot(applied));
  if (!passed.ok) return passed;
  return ok({
    type: "continues",
    group: groupAfter(group, applied, plan.value, passed.value),
    change: passed.value.change,
  });
}

/** The pending state of a commit of our own, through the same filter: what we would refuse we do not send. */
export async function judgeOwnCommit(
  group: MlsGroup,
  commit: CommitSnapshot,
  applied: ClientState,
): Promise<Result<{ readonly group: MlsGroup; readonly passed: PassedCommit }, CommitFailure>> {
  const commitCase: CommitCase = {
    group,
    before: groupSnapshot(secretsOf(group).state),
    commit,
  };
  const plan = await planCommit(commitCase);
  if (!plan.ok) return plan;
  const passed = await judgeOutcome(commitCase, plan.value, groupSnapshot(applied));
  if (!passed.ok) return passed;
  return ok({ group: groupAfter(group, applied, plan.value, passed.value), passed: passed.value });
}

/** A commit in one of our framings, of this group and this epoch. */
function openCommit(group: MlsGroup, bytes: Bytes): Result<CommitMessage, CommitFailure> {
  if (bytes.length > LIMITS.commitBytes) return fail("commit-too-large");
  const decoded = decodeCommit(bytes);
  if (decoded === "malformed") return fail("commit-malformed");
  if (decoded === "refused") return fail("framing-refused");
  if (!equalBytes(decoded.groupId, idBytes(group.groupId))) return fail("group-other");
  if (decoded.epoch < BigInt(group.epoch)) return fail("epoch-past");
  if (decoded.epoch > BigInt(group.epoch)) return fail("epoch-ahead");
  return ok(decoded.commit);
}

/**
 * Who is removed can't follow into the next epoch, so there is no new state to compare: the plan,
 * whose signatures are verified, has to do.
 */
async function judgeOwnRemoval(
  group: MlsGroup,
  message: CommitMessage,
  plan: CommitPlan,
): Promise<Result<MlsJudged, CommitFailure>> {
  const { state, suite } = secretsOf(group);
  if (plan.by.type === "joiner") {
    // Our own identity, come back elsewhere. Its leaf is known only to those who go on.
    const change = {
      kind: plan.kind,
      committer: group.ownLeaf,
      added: undefined,
      removed: plan.removed,
      doorPolicyHash: undefined,
    };
    return ok({ type: "removed", change });
  }
  const applied = await applyCommit(state, message, suite);
  if (applied !== "removed") return fail("commit-invalid");
  const committer = plan.by.member.leaf;
  const { kind, removed, policy } = plan;
  const doorPolicyHash = policy?.doorPolicyHash;
  const change = { kind, committer, added: undefined, removed, doorPolicyHash };
  return ok({ type: "removed", change });
}

function groupAfter(
  group: MlsGroup,
  state: ClientState,
  plan: CommitPlan,
  { members, goneLedger }: PassedCommit,
): MlsGroup {
  const { policy, signedPolicy: bytes, roomId, groupId } = group;
  const secrets = secretsOf(group);
  const retained = new Set(openableEpochs(state).map(Number));
  const pastMembers = new Map(
    [...secrets.pastMembers, [group.epoch, group.members] as const].filter(([epoch]) =>
      retained.has(epoch),
    ),
  );
  return makeGroup(
    { roomId, groupId, members, policy: plan.policy ?? { policy, bytes }, goneLedger },
    { ...secrets, state, pastMembers },
  );
}
