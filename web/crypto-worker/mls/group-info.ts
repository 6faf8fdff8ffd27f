import { equalBytes, fromBase64Url } from "../../../protocol/bytes.ts";
import { isSignerListed } from "../../../protocol/delegation.ts";
import type { Epoch, GroupId, RoomId } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { GoneRow, GroupInfoFailure, MlsMember } from "../../core/mls-engine.ts";
import { decodeLedger, LEDGER_EXTENSION_TYPE } from "./filter/gone-ledger.ts";
import { readContextPolicy, type SignedGroupPolicy } from "./filter/group-policy.ts";
import { readMembers } from "./filter/members.ts";
import type { ExtensionSnapshot, GroupSnapshot } from "./filter/snapshot.ts";
import {
  type Bytes,
  decodeGroupInfo,
  type GroupInfo,
  groupInfoSnapshot,
} from "./ts-mls-adapter.ts";

/** GroupInfo extensions of RFC 9420 §17.3 that ours carries besides the ledger. */
const RATCHET_TREE_TYPE = 2;
const EXTERNAL_PUB_TYPE = 4;

export type ReadGroupInfo = {
  readonly groupInfo: GroupInfo;
  readonly snapshot: GroupSnapshot;
  readonly epoch: Epoch;
  readonly members: readonly MlsMember[];
  readonly policy: SignedGroupPolicy;
  readonly goneLedger: readonly GoneRow[];
};

/** Bytes of an id as MLS carries them. */
export function idBytes(id: GroupId): Bytes {
  const bytes = fromBase64Url(id);
  if (bytes === undefined) throw new TypeError("group id: expected base64url");
  return bytes;
}

/**
 * Everything of SPEC MLS-9 that is Sotto's: room and group, the whole tree by LEAF-2, the policy, the ledger.
 *
 * What is MLS's own (signatures, tree and parent hashes) is not checked here, and must be before use.
 */
export async function readGroupInfo(options: {
  readonly roomId: RoomId;
  readonly groupId: GroupId;
  readonly groupInfo: Bytes;
  readonly policyFloor: number;
}): Promise<Result<ReadGroupInfo, GroupInfoFailure>> {
  const { roomId, groupId } = options;
  if (options.groupInfo.length > LIMITS.groupInfoBytes) return fail("group-info-too-large");
  const groupInfo = decodeGroupInfo(options.groupInfo);
  const snapshot = groupInfo === undefined ? undefined : groupInfoSnapshot(groupInfo);
  if (groupInfo === undefined || snapshot === undefined) return fail("group-info-malformed");
  if (!snapshot.suitable || !Number.isSafeInteger(snapshot.epoch)) {
    return fail("group-info-invalid");
  }
  if (!equalBytes(snapshot.groupId, idBytes(groupId))) return fail("group-other");

  const policy = await readContextPolicy(roomId, snapshot.extensions);
  if (!policy.ok) return policy;
  if (!isSignerListed(policy.value.policy.roles, policy.value.signer))
    return fail("policy-invalid");
  if (policy.value.policy.serial < options.policyFloor) return fail("policy-older");

  const ledgerBytes = findLedger(snapshot.infoExtensions);
  if (ledgerBytes === undefined) return fail("extension-unexpected");
  const goneLedger = decodeLedger(ledgerBytes, snapshot.epoch);
  if (!goneLedger.ok) return goneLedger;

  const members = await readMembers({ roomId, groupId }, snapshot, []);
  if (!members.ok) return members;
  return ok({
    groupInfo,
    snapshot,
    epoch: snapshot.epoch as Epoch,
    members: members.value,
    policy: policy.value,
    goneLedger: goneLedger.value,
  });
}

/** The ledger, if the GroupInfo carries it, the tree and the external key, once each and nothing else. */
function findLedger(extensions: readonly ExtensionSnapshot[]): Bytes | undefined {
  const expected = new Set([RATCHET_TREE_TYPE, EXTERNAL_PUB_TYPE, LEDGER_EXTENSION_TYPE]);
  for (const { type } of extensions) if (!expected.delete(type)) return undefined;
  return expected.size === 0
    ? extensions.find(({ type }) => type === LEDGER_EXTENSION_TYPE)?.data
    : undefined;
}
