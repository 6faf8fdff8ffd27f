import { equalBytes } from "../../../../protocol/bytes.ts";
import type { HostSigner, Role } from "../../../../protocol/delegation.ts";
import type { MemberId, RoomId } from "../../../../protocol/ids.ts";
import {
  type GroupPolicy,
  POLICY_EXTENSION_TYPE,
  verifyGroupPolicy,
} from "../../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { ExtensionSnapshot } from "./snapshot.ts";

export type SignedGroupPolicy = {
  readonly policy: GroupPolicy;
  readonly signer: HostSigner;
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

export const roleOf = (policy: GroupPolicy, identityKey: Uint8Array): Role | undefined =>
  policy.roles.find(
    (entry) => entry.identityKey !== undefined && equalBytes(entry.identityKey, identityKey),
  )?.role;

/** A ban names both keys of a device, and either is enough to know it by. None holds against whom the roles name: SPEC HOST-6. */
export const isBanned = (
  policy: GroupPolicy,
  member: { readonly identityKey: Uint8Array; readonly memberId: MemberId },
): boolean =>
  roleOf(policy, member.identityKey) === undefined &&
  policy.bans.some(
    (ban) => ban.memberId === member.memberId || equalBytes(ban.identityKey, member.identityKey),
  );
