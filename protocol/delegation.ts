import * as v from "valibot";
import { equalBytes } from "./bytes.ts";
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from "./ed25519.ts";
import {
  bytesOf,
  field,
  type FieldValues,
  optionalRecordField,
  recordCodec,
  uintSchema,
} from "./fields.ts";
import { deriveRoomId, type RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";

export const roleSchema = v.picklist(["host", "co-host"]);
/** What somebody may do beyond a member: the conformance table of SPEC HOST-1. */
export type Role = v.InferOutput<typeof roleSchema>;

/** Serial 0 is no delegation: so a policy marks the host's own devices. */
export const delegationSerialSchema = v.pipe(uintSchema, v.minValue(1));

const delegationShape = {
  delegateKey: field(1, bytesOf(PUBLIC_KEY_BYTES)),
  role: field(2, roleSchema),
  serial: field(3, delegationSerialSchema),
  expiresAtSec: field(4, uintSchema),
  /** The key the room is named after: its hash is the room id. */
  hostKey: field(5, bytesOf(PUBLIC_KEY_BYTES)),
  signature: field(6, bytesOf(SIGNATURE_BYTES)),
} as const;
/** The host key's word that another key may act as host or co-host. SPEC HOST-2. */
export type Delegation = FieldValues<typeof delegationShape>;
export const delegationCodec = recordCodec(delegationShape);

/** The bytes the host key signs to delegate. SPEC SIGN-4. */
export const delegationBoundBytes = (
  roomId: RoomId,
  { delegateKey, role, serial, expiresAtSec }: Omit<Delegation, "hostKey" | "signature">,
): Uint8Array<ArrayBuffer> =>
  boundBytes(LABELS.delegation, roomId, delegateKey, role, serial, expiresAtSec);

/** The three fields of a record that the host or a delegate signs, from integer key `first` on. */
export const hostSignatureFields = (first: number) => ({
  signer: field(first, bytesOf(PUBLIC_KEY_BYTES)),
  signature: field(first + 1, bytesOf(SIGNATURE_BYTES)),
  delegation: optionalRecordField(first + 2, delegationCodec),
});
export type HostSignature = FieldValues<ReturnType<typeof hostSignatureFields>>;

/** Who signed in the host's name. What a signer may do, and whether the delegation still holds, is for the policy to say. */
export type HostSigner = {
  readonly key: Uint8Array;
  readonly role: Role;
  readonly delegation: Delegation | undefined;
};

/** The signer of `bound`, if it is the host key or holds the host key's delegation. SPEC POLICY-3. */
export async function verifyHostSignature(
  roomId: RoomId,
  bound: Uint8Array<ArrayBuffer>,
  { signer, signature, delegation }: HostSignature,
): Promise<HostSigner | undefined> {
  if (!(await verifyEd25519(signer, signature, bound))) return undefined;
  if (delegation === undefined) {
    // No delegation: only the key the room is named after may sign.
    const isHostKey = (await deriveRoomId(signer)) === roomId;
    return isHostKey ? { key: signer, role: "host", delegation: undefined } : undefined;
  }
  if ((await deriveRoomId(delegation.hostKey)) !== roomId) return undefined;
  if (!equalBytes(delegation.delegateKey, signer)) return undefined;
  const delegated = delegationBoundBytes(roomId, delegation);
  if (!(await verifyEd25519(delegation.hostKey, delegation.signature, delegated))) return undefined;
  return { key: signer, role: delegation.role, delegation };
}

/** A delegate's word holds while a policy lists the delegation; the host key's always does. SPEC HOST-2. */
export const isSignerListed = (
  roles: readonly { readonly role: Role; readonly delegationSerial?: number | undefined }[],
  { delegation }: Pick<HostSigner, "delegation">,
): boolean =>
  delegation === undefined ||
  roles.some(
    ({ delegationSerial, role }) =>
      delegationSerial === delegation.serial && role === delegation.role,
  );
