import {
  doorPolicyCodec,
  type GroupPolicy,
  groupPolicyCodec,
  policyBoundBytes,
  signedPolicyCodec,
} from "../../../protocol/policy.ts";
import { doorPolicyOf } from "../../../protocol/policy-change.ts";
import { type HostKey, signAsHost } from "./host-keys.ts";

/** A group policy and its image for the door, both signed. SPEC SIGN-2, SIGN-3. */
export async function signPolicies(
  hostKey: HostKey,
  policy: GroupPolicy,
  accessHash: Uint8Array<ArrayBuffer>,
): Promise<{
  readonly signedPolicy: Uint8Array<ArrayBuffer>;
  readonly doorPolicy: Uint8Array<ArrayBuffer>;
}> {
  const signed = async (kind: "group" | "door", body: Uint8Array<ArrayBuffer>) => {
    const bound = policyBoundBytes(kind, policy.roomId, body);
    return signedPolicyCodec.encode({ body, ...(await signAsHost(hostKey, bound)) });
  };
  return {
    signedPolicy: await signed("group", groupPolicyCodec.encode(policy)),
    doorPolicy: await signed("door", doorPolicyCodec.encode(doorPolicyOf(policy, accessHash))),
  };
}
