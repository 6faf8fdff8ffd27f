import { equalBytes } from "../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { POLICY_EXTENSION_TYPE } from "../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type {
  CommitFailure,
  MlsEngine,
  MlsGroup,
  MlsPending,
  MlsMember,
} from "../../core/mls-engine.ts";
import type { Epoch, LeafIndex } from "../../../protocol/ids.ts";
import { byeData, doorData, goneData } from "./filter/authenticated-data.ts";
import { byeBoundBytes, judgeBye } from "./filter/bye.ts";
import { secretsOf, withState } from "./group.ts";
import { idBytes, readGroupInfo } from "./group-info.ts";
import { createGroup, encodeGroupInfo, joinByExternalCommit } from "./join.ts";
import { judgeCommit, judgeOwnCommit } from "./judge.ts";
import {
  type Bytes,
  carryUsedKeys,
  commitAsMember,
  decodeApplication,
  decodeCommit,
  decrypt,
  encrypt,
  exportSecret,
  forgetEpochsBefore,
  hpkeOpen,
  hpkeSeal,
  type MemberProposal,
  readCommit,
  suiteOne,
  verifyGroupInfo,
} from "./ts-mls-adapter.ts";

const NO_DATA = new Uint8Array();

/** The MLS engine on ts-mls and WebCrypto. It holds nothing: every key is in the groups it gives. */
export const createMlsEngine = (): MlsEngine => ({
  createGroup,
  joinByExternalCommit,
  judgeCommit,
  groupInfo: encodeGroupInfo,

  inspectGroupInfo: async (options) => {
    const read = await readGroupInfo(options);
    if (!read.ok) return read;
    const { groupInfo, epoch, members, policy } = read.value;
    return (await verifyGroupInfo(groupInfo, await suiteOne()))
      ? ok({ epoch, members, policy: policy.policy })
      : fail("group-info-invalid");
  },

  commitUpdate: (group) => commit(group, [], NO_DATA),
  commitRemoveBye: (group, byes) =>
    commit(group, removals(byes.map(({ leaf }) => leaf)), byeData(byes)),
  commitRemoveGone: (group, leaves) => commit(group, removals(leaves), goneData()),
  commitKick: (group, leaves) => commit(group, removals(leaves), NO_DATA),
  commitPolicy: (group, { signedPolicy, doorPolicyHash, removes }) => {
    const extensions = [{ type: POLICY_EXTENSION_TYPE, data: signedPolicy }];
    const policy = { type: "group-context-extensions", extensions } as const;
    return commit(group, [policy, ...removals(removes)], doorData(doorPolicyHash));
  },
  installPending: (present, pending) =>
    withState(
      pending.group,
      carryUsedKeys(secretsOf(present).state, secretsOf(pending.group).state),
    ),

  encryptApplication: async (group, content) => {
    const { state, suite } = secretsOf(group);
    const encrypted = await encrypt(state, content, suite);
    return { group: withState(group, encrypted.state), message: encrypted.message };
  },
  decryptApplication,
  forgetBefore: (group, epoch) =>
    withState(group, forgetEpochsBefore(secretsOf(group).state, BigInt(epoch))),

  exportSecret: (group, label, context, lengthBytes) => {
    const { state, suite } = secretsOf(group);
    return exportSecret(state, label, context, lengthBytes, suite);
  },

  signAsLeaf,
  verifyAsLeaf: async (group, leaf, signature, bytes) => {
    const member = memberAt(group.members, leaf);
    return member !== undefined && (await verifyEd25519(member.identityKey, signature, bytes));
  },
  sealTo: async (publicKey, info, content) => hpkeSeal(publicKey, info, content, await suiteOne()),
  openSealed: async (key, info, sealed) => hpkeOpen(key, info, sealed, await suiteOne()),
  signBye: async (group) => {
    const { epoch, ownLeaf: leaf } = group;
    const self = memberAt(group.members, leaf);
    if (self === undefined) throw new TypeError("group: expected our own leaf in it");
    return { epoch, leaf, signature: await signAsLeaf(group, byeBoundBytes(group, epoch, self)) };
  },
  verifyBye: async (group, bye) => (await judgeBye(group, bye)).ok,
});

const removals = (leaves: readonly LeafIndex[]): readonly MemberProposal[] =>
  leaves.map((leaf) => ({ type: "remove", leaf }));

const memberAt = (members: readonly MlsMember[], leaf: number): MlsMember | undefined =>
  members.find((member) => member.leaf === leaf);

async function signAsLeaf(group: MlsGroup, bytes: Bytes): Promise<Bytes> {
  const { signingKey } = secretsOf(group).self;
  return new Uint8Array(await crypto.subtle.sign("Ed25519", signingKey, bytes));
}

async function commit(
  group: MlsGroup,
  proposals: readonly MemberProposal[],
  data: Bytes,
): Promise<Result<MlsPending, CommitFailure>> {
  const { state, suite } = secretsOf(group);
  if (!areRemovable(group, proposals)) return fail("removal-not-allowed");
  const made = await commitAsMember(state, proposals, data, suite);
  if (made.commit.length > LIMITS.commitBytes) return fail("commit-too-large");
  const decoded = decodeCommit(made.commit);
  if (typeof decoded === "string") throw new TypeError("commit: our own can't be read");
  const read = await readCommit(state, decoded.commit, suite);
  if (read === undefined) throw new TypeError("commit: our own does not verify");
  const judged = await judgeOwnCommit(group, read, made.state);
  if (!judged.ok) return judged;
  const { group: next, passed } = judged.value;
  const groupInfo = await encodeGroupInfo(next);
  return ok({ group: next, commit: made.commit, groupInfo, change: passed.change });
}

/** ts-mls throws on these; for a caller whose group moved on meanwhile they are no bug. */
function areRemovable(group: MlsGroup, proposals: readonly MemberProposal[]): boolean {
  const leaves = proposals.flatMap((proposal) =>
    proposal.type === "remove" ? [proposal.leaf] : [],
  );
  return (
    new Set(leaves).size === leaves.length &&
    leaves.every((leaf) => leaf !== group.ownLeaf && memberAt(group.members, leaf) !== undefined)
  );
}

const decryptApplication: MlsEngine["decryptApplication"] = async (group, bytes) => {
  if (bytes.length > LIMITS.castBytes) return fail("message-malformed");
  const decoded = decodeApplication(bytes);
  if (decoded === undefined || !equalBytes(decoded.groupId, idBytes(group.groupId))) {
    return fail("message-malformed");
  }
  const { state, suite, pastMembers } = secretsOf(group);
  const epoch = Number(decoded.epoch) as Epoch;
  const members = epoch === group.epoch ? group.members : pastMembers.get(epoch);
  if (members === undefined) return fail("epoch-unknown");
  const opened = await decrypt(state, decoded.message, suite);
  const sender = opened === undefined ? undefined : memberAt(members, opened.sender);
  if (opened === undefined || sender === undefined) return fail("message-unopened");
  return ok({ group: withState(group, opened.state), epoch, sender, content: opened.content });
};
