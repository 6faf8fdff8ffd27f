import { encodeCbor } from "../../../../protocol/cbor.ts";
import { equalBytes } from "../../../../protocol/bytes.ts";
import type { MemberId, RoomId } from "../../../../protocol/ids.ts";
import {
  type GroupPolicy,
  groupPolicyCodec,
  POLICY_EXTENSION_TYPE,
  type PolicySigner,
  type Role,
  verifyGroupPolicy,
} from "../../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { ExtensionSnapshot } from "./snapshot.ts";

export type SignedGroupPolicy = {
  readonly policy: GroupPolicy;
  readonly signer: PolicySigner;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** Reads the policy of a GroupContext, which has that one extension and no other. SPEC POLICY-1, MLS-7. */
export async function readContextPolicy(
  roomId: RoomId,
  extensions: readonly ExtensionSnapshot[],
): Promise<
  Result<SignedGroupPolicy, { readonly code: "extension-unexpected" | "policy-invalid" }>
> {
  const [extension, ...others] = extensions;
  if (extension?.type !== POLICY_EXTENSION_TYPE || others.length > 0) {
    return fail("extension-unexpected");
  }
  const verified = await verifyGroupPolicy(roomId, extension.data);
  return verified.ok ? ok({ ...verified.value, bytes: extension.data }) : fail("policy-invalid");
}

/** A delegate's word holds while a policy lists the delegation; the host key's always does. */
export const isSignerListed = (policy: GroupPolicy, { delegation }: PolicySigner): boolean =>
  delegation === undefined ||
  policy.roles.some(
    ({ delegationSerial, role }) =>
      delegationSerial === delegation.serial && role === delegation.role,
  );

/** What a signer may not change of the policy before. SPEC POLICY-6. */
export function judgePolicyChange(
  before: GroupPolicy,
  after: SignedGroupPolicy,
): Result<undefined, { readonly code: "policy-serial" | "policy-not-allowed" }> {
  if (after.policy.serial !== before.serial + 1) return fail("policy-serial");
  if (!isSignerListed(before, after.signer)) return fail("policy-not-allowed");
  if (after.signer.role === "host") return ok(undefined);
  const { capacity } = before;
  const keepsHostFields =
    after.policy.capacity === capacity &&
    equalBytes(encodedRoles(before), encodedRoles(after.policy));
  return keepsHostFields ? ok(undefined) : fail("policy-not-allowed");
}

const ROLES_KEY = 6;
const encodedRoles = (policy: GroupPolicy): Uint8Array =>
  encodeCbor(groupPolicyCodec.toMap(policy).get(ROLES_KEY) ?? null);

export const roleOf = (policy: GroupPolicy, identityKey: Uint8Array): Role | undefined =>
  policy.roles.find((entry) => equalBytes(entry.identityKey, identityKey))?.role;

/** A ban names both keys of a device, and either is enough to know it by. */
export const isBanned = (
  policy: GroupPolicy,
  member: { readonly identityKey: Uint8Array; readonly memberId: MemberId },
): boolean =>
  policy.bans.some(
    (ban) => ban.memberId === member.memberId || equalBytes(ban.identityKey, member.identityKey),
  );
