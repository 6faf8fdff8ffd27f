import { concat } from "./bytes.ts";
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from "./ed25519.ts";
import { deriveMemberId, type GroupId, type MemberId, type RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";
import { fail, ok, type Result } from "./result.ts";

/** Bytes of a leaf's BasicCredential identity: version(1) ‖ room device key(32) ‖ SHA-256 of the DTLS certificate(32) ‖ ticket key(32) ‖ signature(64). */
export const LEAF_CREDENTIAL_BYTES = 1 + PUBLIC_KEY_BYTES + 32 + 32 + SIGNATURE_BYTES;
const VERSION = 1;

/** Ties an MLS leaf to the device the server knows and to the DTLS certificate of its connections. SPEC LEAF-1. */
export type LeafCredential = {
  readonly roomDeviceKey: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the DER certificate: the value of `a=fingerprint:sha-256`. */
  readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
  /** X25519 public key that tickets of this device are made for: SPEC TICKET-2. */
  readonly ticketKey: Uint8Array<ArrayBuffer>;
  /** By the room device key over `[label, roomId, groupId, identityKey]`. */
  readonly deviceSignature: Uint8Array<ArrayBuffer>;
};

/** The bytes the room device key signs for its leaf. SPEC SIGN-7. */
export const leafBoundBytes = (
  roomId: RoomId,
  groupId: GroupId,
  identityKey: Uint8Array,
): Uint8Array<ArrayBuffer> => boundBytes(LABELS.leaf, roomId, groupId, identityKey);

export function encodeLeafCredential(credential: LeafCredential): Uint8Array<ArrayBuffer> {
  const bytes = concat(
    new Uint8Array([VERSION]),
    credential.roomDeviceKey,
    credential.dtlsFingerprint,
    credential.ticketKey,
    credential.deviceSignature,
  );
  if (bytes.length !== LEAF_CREDENTIAL_BYTES) {
    throw new TypeError(
      `leaf credential: expected ${LEAF_CREDENTIAL_BYTES} bytes, got ${bytes.length}`,
    );
  }
  return bytes;
}

export function decodeLeafCredential(
  bytes: Uint8Array,
): Result<LeafCredential, { readonly code: "leaf-credential-malformed" }> {
  if (bytes.length !== LEAF_CREDENTIAL_BYTES || bytes[0] !== VERSION)
    return fail("leaf-credential-malformed");
  const fingerprintAt = 1 + PUBLIC_KEY_BYTES;
  const ticketKeyAt = fingerprintAt + 32;
  const signatureAt = ticketKeyAt + 32;
  return ok({
    roomDeviceKey: bytes.slice(1, fingerprintAt),
    dtlsFingerprint: bytes.slice(fingerprintAt, ticketKeyAt),
    ticketKey: bytes.slice(ticketKeyAt, signatureAt),
    deviceSignature: bytes.slice(signatureAt),
  });
}

/** The member id of a leaf whose credential is truly by its room device key, for this group and this identity. SPEC LEAF-2. */
export async function verifyLeafCredential(leaf: {
  readonly roomId: RoomId;
  readonly groupId: GroupId;
  readonly identityKey: Uint8Array;
  readonly credential: Uint8Array;
}): Promise<
  Result<
    { readonly memberId: MemberId; readonly credential: LeafCredential },
    { readonly code: "leaf-credential-malformed" | "leaf-signature-invalid" }
  >
> {
  const credential = decodeLeafCredential(leaf.credential);
  if (!credential.ok) return credential;
  const { roomDeviceKey, deviceSignature } = credential.value;
  const bound = leafBoundBytes(leaf.roomId, leaf.groupId, leaf.identityKey);
  if (!(await verifyEd25519(roomDeviceKey, deviceSignature, bound)))
    return fail("leaf-signature-invalid");
  return ok({ memberId: await deriveMemberId(roomDeviceKey), credential: credential.value });
}
