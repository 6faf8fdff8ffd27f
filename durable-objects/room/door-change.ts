import { isSignerListed, type HostSigner } from "../../protocol/delegation.ts";
import { doorChangeCodec } from "../../protocol/door-change.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import { doorPolicyCodec, signedPolicyCodec } from "../../protocol/policy.ts";
import { judgeDoorPolicyChange } from "../../protocol/policy-change.ts";
import type { Door, DoorChanged } from "./state.ts";

/** The door policy inside a signed one. Who signed it is not looked at. */
export function readDoor(
  signedPolicy: Uint8Array<ArrayBuffer>,
  sealedPolicy: Uint8Array<ArrayBuffer>,
): Door | undefined {
  const signed = signedPolicyCodec.decode(signedPolicy);
  const policy = signed.ok ? doorPolicyCodec.decode(signed.value.body) : signed;
  return policy.ok ? { signedPolicy, policy: policy.value, sealedPolicy } : undefined;
}

/** What a commit's `doorChange` holds. Who signed it is not looked at. SPEC DOOR-1. */
export function readDoorChange(bytes: Uint8Array<ArrayBuffer>): DoorChanged | undefined {
  const change = doorChangeCodec.decode(bytes);
  const door = change.ok && readDoor(change.value.doorPolicy, change.value.sealedPolicy);
  return door ? { bytes, door } : undefined;
}

/** Why a change whose signature holds is not made. SPEC DOOR-3. */
export function objectionToDoorChange(
  inForce: Door,
  { door }: DoorChanged,
  signer: HostSigner,
  atMs: number,
): FailureCode | undefined {
  if (!isSignerListed(inForce.policy.roles, signer)) return "delegation-withdrawn";
  const { delegation } = signer;
  if (delegation !== undefined && delegation.expiresAtSec * 1000 <= atMs)
    return "delegation-expired";
  const judged = judgeDoorPolicyChange(inForce.policy, door.policy, signer);
  return judged.ok ? undefined : judged.error.code;
}
