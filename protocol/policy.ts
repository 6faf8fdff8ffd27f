import * as v from "valibot";
import { equalBytes } from "./bytes.ts";
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from "./ed25519.ts";
import {
  bytesOf,
  bytesUpTo,
  field,
  type FieldValues,
  listField,
  optionalRecordField,
  recordCodec,
  uintSchema,
} from "./fields.ts";
import { deriveRoomId, memberIdSchema, type RoomId, roomIdSchema } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";
import { LIMITS } from "./limits.ts";
import { fail, ok, type Result } from "./result.ts";

/** GroupContext extension type of the policy: RFC 9420 §17.3 keeps 0xF000–0xFFFF for private use. */
export const POLICY_EXTENSION_TYPE = 0xf50c;
const MOST_BANS = 500;
const MOST_ROLES = 20;

export const modeSchema = v.picklist(["open", "knock"]);
/** `open`: the link lets one in. `knock`: a host admits each. */
export type Mode = v.InferOutput<typeof modeSchema>;
export const roleSchema = v.picklist(["host", "co-host"]);
export type Role = v.InferOutput<typeof roleSchema>;

const publicKey = bytesOf(PUBLIC_KEY_BYTES);

const delegationShape = {
  delegateKey: field(1, publicKey),
  role: field(2, roleSchema),
  serial: field(3, uintSchema),
  expiresAtSec: field(4, uintSchema),
  /** The key the room is named after: its hash is the room id. */
  hostKey: field(5, publicKey),
  signature: field(6, bytesOf(SIGNATURE_BYTES)),
} as const;
/** The host key's word that another key may act as host or co-host. SPEC POLICY-6. */
export type Delegation = FieldValues<typeof delegationShape>;
const delegationCodec = recordCodec(delegationShape);

const groupRoleCodec = recordCodec({
  identityKey: field(1, publicKey),
  role: field(2, roleSchema),
  delegationSerial: field(3, uintSchema),
});
const groupBanCodec = recordCodec({
  identityKey: field(1, publicKey),
  memberId: field(2, memberIdSchema),
});

const groupPolicyShape = {
  roomId: field(1, roomIdSchema),
  serial: field(2, uintSchema),
  mode: field(3, modeSchema),
  locked: field(4, v.boolean()),
  bans: listField(5, groupBanCodec, MOST_BANS),
  roles: listField(6, groupRoleCodec, MOST_ROLES),
  capacity: field(7, v.pipe(uintSchema, v.minValue(1), v.maxValue(LIMITS.groupMembers))),
} as const;
/** What holds in the group; seen by members only. Lives in a GroupContext extension. SPEC POLICY-1. */
export type GroupPolicy = FieldValues<typeof groupPolicyShape>;
export const groupPolicyCodec = recordCodec(groupPolicyShape);

const doorRoleCodec = recordCodec({
  memberId: field(1, memberIdSchema),
  role: field(2, roleSchema),
});

const doorPolicyShape = {
  roomId: field(1, roomIdSchema),
  serial: field(2, uintSchema),
  mode: field(3, modeSchema),
  locked: field(4, v.boolean()),
  bannedMemberIds: field(5, v.pipe(v.array(memberIdSchema), v.maxLength(MOST_BANS))),
  roles: listField(6, doorRoleCodec, MOST_ROLES),
  capacity: field(7, v.pipe(uintSchema, v.minValue(1), v.maxValue(LIMITS.groupMembers))),
} as const;
/** The copy the room object enforces as a courtesy; it names no identity key. SPEC POLICY-2. */
export type DoorPolicy = FieldValues<typeof doorPolicyShape>;
export const doorPolicyCodec = recordCodec(doorPolicyShape);

const signedPolicyShape = {
  /** CBOR of the group or door policy. */
  body: field(1, bytesUpTo(LIMITS.policyBytes)),
  signer: field(2, publicKey),
  signature: field(3, bytesOf(SIGNATURE_BYTES)),
  delegation: optionalRecordField(4, delegationCodec),
} as const;
/** A policy with its signer, who is the host key or holds a delegation from it. SPEC POLICY-3. */
export type SignedPolicy = FieldValues<typeof signedPolicyShape>;
export const signedPolicyCodec = recordCodec(signedPolicyShape);

type PolicyFailure = {
  readonly code: "policy-malformed" | "policy-signature-invalid" | "policy-other-room";
};
/** Whose signature a policy carries: what that signer may change is the conformance table of SPEC.md. */
export type PolicySigner = {
  readonly key: Uint8Array;
  readonly role: Role;
  readonly delegation: Delegation | undefined;
};

/** The bytes that sign a group or door policy body. SPEC SIGN-2, SIGN-3. */
export const policyBoundBytes = (
  kind: "group" | "door",
  roomId: RoomId,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> =>
  boundBytes(kind === "group" ? LABELS.policy : LABELS.doorPolicy, roomId, body);

/** Reads a signed group policy: shape, room and signature are verified; who may change what is not. SPEC POLICY-4. */
export async function verifyGroupPolicy(
  roomId: RoomId,
  bytes: Uint8Array,
): Promise<Result<{ readonly policy: GroupPolicy; readonly signer: PolicySigner }, PolicyFailure>> {
  const signed = signedPolicyCodec.decode(bytes);
  if (!signed.ok) return fail("policy-malformed");
  const policy = groupPolicyCodec.decode(signed.value.body);
  if (!policy.ok) return fail("policy-malformed");
  if (policy.value.roomId !== roomId) return fail("policy-other-room");
  const signer = await verifySigner("group", roomId, signed.value);
  return signer === undefined
    ? fail("policy-signature-invalid")
    : ok({ policy: policy.value, signer });
}

/** Reads a signed door policy, as `verifyGroupPolicy` does. */
export async function verifyDoorPolicy(
  roomId: RoomId,
  bytes: Uint8Array,
): Promise<Result<{ readonly policy: DoorPolicy; readonly signer: PolicySigner }, PolicyFailure>> {
  const signed = signedPolicyCodec.decode(bytes);
  if (!signed.ok) return fail("policy-malformed");
  const policy = doorPolicyCodec.decode(signed.value.body);
  if (!policy.ok) return fail("policy-malformed");
  if (policy.value.roomId !== roomId) return fail("policy-other-room");
  const signer = await verifySigner("door", roomId, signed.value);
  return signer === undefined
    ? fail("policy-signature-invalid")
    : ok({ policy: policy.value, signer });
}

async function verifySigner(
  kind: "group" | "door",
  roomId: RoomId,
  signed: SignedPolicy,
): Promise<PolicySigner | undefined> {
  const bound = policyBoundBytes(kind, roomId, signed.body);
  if (!(await verifyEd25519(signed.signer, signed.signature, bound))) return undefined;
  const { delegation } = signed;
  if (delegation === undefined) {
    // No delegation: only the key the room is named after may sign.
    const isHostKey = (await deriveRoomId(signed.signer)) === roomId;
    return isHostKey ? { key: signed.signer, role: "host", delegation: undefined } : undefined;
  }
  if ((await deriveRoomId(delegation.hostKey)) !== roomId) return undefined;
  if (!equalBytes(delegation.delegateKey, signed.signer)) return undefined;
  const delegated = boundBytes(
    LABELS.delegation,
    roomId,
    delegation.delegateKey,
    delegation.role,
    delegation.serial,
    delegation.expiresAtSec,
  );
  if (!(await verifyEd25519(delegation.hostKey, delegation.signature, delegated))) return undefined;
  return { key: signed.signer, role: delegation.role, delegation };
}
