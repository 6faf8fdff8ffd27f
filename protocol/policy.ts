import * as v from "valibot";
import {
  delegationCodec,
  delegationSerialSchema,
  hostSignatureFields,
  type HostSigner,
  roleSchema,
  verifyHostSignature,
} from "./delegation.ts";
import { PUBLIC_KEY_BYTES } from "./ed25519.ts";
import {
  bytesOf,
  bytesUpTo,
  field,
  type FieldValues,
  listField,
  optionalField,
  optionalRecordField,
  recordCodec,
  uintSchema,
} from "./fields.ts";
import { memberIdSchema, type RoomId, roomIdSchema } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";
import { LIMITS } from "./limits.ts";
import { fail, ok, type Result } from "./result.ts";

/** GroupContext extension type of the policy: RFC 9420 §17.3 keeps 0xF000–0xFFFF for private use. */
export const POLICY_EXTENSION_TYPE = 0xf50c;

export const modeSchema = v.picklist(["open", "knock"]);
/** `open`: the link lets one in. `knock`: a host admits each. */
export type Mode = v.InferOutput<typeof modeSchema>;

const publicKey = bytesOf(PUBLIC_KEY_BYTES);

const groupRoleShape = {
  /** Whose leaf acts in this role. Absent: a host link that nobody has taken yet. */
  identityKey: optionalField(1, publicKey),
  role: field(2, roleSchema),
  /** 0: one of the host's own devices, by the host key. */
  delegationSerial: field(3, uintSchema),
  /** Where the delegate key is the identity key itself: so a member in the call is made co-host. */
  delegation: optionalRecordField(4, delegationCodec),
  /** The device of `identityKey`, so that the door policy follows from this one. */
  memberId: optionalField(5, memberIdSchema),
} as const;
export type GroupRole = FieldValues<typeof groupRoleShape>;
export const groupRoleCodec = recordCodec(groupRoleShape);
const groupBanCodec = recordCodec({
  identityKey: field(1, publicKey),
  memberId: field(2, memberIdSchema),
});
/** The link's generation after the first, which is 0 and is not written. SPEC ROTATE-1. */
const laterGeneration = v.pipe(uintSchema, v.minValue(1));

const groupPolicyShape = {
  roomId: field(1, roomIdSchema),
  serial: field(2, uintSchema),
  mode: field(3, modeSchema),
  locked: field(4, v.boolean()),
  bans: listField(5, groupBanCodec, LIMITS.bans),
  roles: listField(6, groupRoleCodec, LIMITS.roles),
  capacity: field(7, v.pipe(uintSchema, v.minValue(1), v.maxValue(LIMITS.groupMembers))),
  linkGeneration: optionalField(8, laterGeneration),
} as const;
/** What holds in the group; seen by members only. Lives in a GroupContext extension. SPEC POLICY-1. */
export type GroupPolicy = FieldValues<typeof groupPolicyShape>;
export const groupPolicyCodec = recordCodec(groupPolicyShape);

const doorRoleShape = {
  /** Absent: a host link that nobody has taken yet. */
  memberId: optionalField(1, memberIdSchema),
  role: field(2, roleSchema),
  /** Absent: one of the host's own devices. */
  delegationSerial: optionalField(3, delegationSerialSchema),
} as const;
export type DoorRole = FieldValues<typeof doorRoleShape>;
export const doorRoleCodec = recordCodec(doorRoleShape);
const doorLinkCodec = recordCodec({
  generation: field(1, laterGeneration),
  accessHash: field(2, bytesOf(32)),
});

const doorPolicyShape = {
  roomId: field(1, roomIdSchema),
  serial: field(2, uintSchema),
  mode: field(3, modeSchema),
  locked: field(4, v.boolean()),
  bannedMemberIds: field(5, v.pipe(v.array(memberIdSchema), v.maxLength(LIMITS.bans))),
  roles: listField(6, doorRoleCodec, LIMITS.roles),
  capacity: field(7, v.pipe(uintSchema, v.minValue(1), v.maxValue(LIMITS.groupMembers))),
  /** The link in force, once it was rotated. SPEC ROTATE-1. */
  link: optionalRecordField(8, doorLinkCodec),
} as const;
/** The copy the room object enforces as a courtesy; it names no identity key. SPEC POLICY-2. */
export type DoorPolicy = FieldValues<typeof doorPolicyShape>;
export const doorPolicyCodec = recordCodec(doorPolicyShape);

const signedPolicyShape = {
  /** CBOR of the group or door policy. */
  body: field(1, bytesUpTo(LIMITS.policyBytes)),
  ...hostSignatureFields(2),
} as const;
/** A policy with its signer, who is the host key or holds a delegation from it. SPEC POLICY-3. */
export const signedPolicyCodec = recordCodec(signedPolicyShape);

/** True where the link alone lets nobody in: by a policy of the group or of the door. SPEC TICKET-4, TICKET-6. */
export const asksAdmission = ({ mode, locked }: Pick<DoorPolicy, "mode" | "locked">): boolean =>
  mode === "knock" || locked;

type PolicyFailure = {
  readonly code: "policy-malformed" | "policy-signature-invalid" | "policy-other-room";
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
): Promise<Result<{ readonly policy: GroupPolicy; readonly signer: HostSigner }, PolicyFailure>> {
  const signed = signedPolicyCodec.decode(bytes);
  if (!signed.ok) return fail("policy-malformed");
  const policy = groupPolicyCodec.decode(signed.value.body);
  if (!policy.ok) return fail("policy-malformed");
  if (policy.value.roomId !== roomId) return fail("policy-other-room");
  const bound = policyBoundBytes("group", roomId, signed.value.body);
  const signer = await verifyHostSignature(roomId, bound, signed.value);
  return signer === undefined
    ? fail("policy-signature-invalid")
    : ok({ policy: policy.value, signer });
}

/** Reads a signed door policy, as `verifyGroupPolicy` does. */
export async function verifyDoorPolicy(
  roomId: RoomId,
  bytes: Uint8Array,
): Promise<Result<{ readonly policy: DoorPolicy; readonly signer: HostSigner }, PolicyFailure>> {
  const signed = signedPolicyCodec.decode(bytes);
  if (!signed.ok) return fail("policy-malformed");
  const policy = doorPolicyCodec.decode(signed.value.body);
  if (!policy.ok) return fail("policy-malformed");
  if (policy.value.roomId !== roomId) return fail("policy-other-room");
  const bound = policyBoundBytes("door", roomId, signed.value.body);
  const signer = await verifyHostSignature(roomId, bound, signed.value);
  return signer === undefined
    ? fail("policy-signature-invalid")
    : ok({ policy: policy.value, signer });
}
