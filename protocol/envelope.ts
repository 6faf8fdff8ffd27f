import * as v from "valibot";
import { concat } from "./bytes.ts";
import { bytesUpTo, field, type FieldValues, recordCodec, uintSchema } from "./fields.ts";
import { epochSchema, groupIdSchema, type RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";
import { LIMITS } from "./limits.ts";
import { fail, ok, type Result } from "./result.ts";

/** What an envelope holds. Bound as associated data, so that none can be passed off as another. */
export const envelopeKindSchema = v.picklist([
  "policy",
  "group-info",
  "commit",
  "cast",
  "bye",
  "knock",
  "admission",
  "ticket",
  "ticketed-group-info",
]);
export type EnvelopeKind = v.InferOutput<typeof envelopeKindSchema>;

/** Bytes of the random nonce in front of a ciphertext, and of the AES-GCM tag behind it. */
export const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;

const envelopeShape = {
  generation: field(1, uintSchema),
  kind: field(2, envelopeKindSchema),
  groupId: field(3, groupIdSchema),
  epoch: field(4, epochSchema),
  /** nonce(12) ‖ AES-256-GCM ciphertext and tag. */
  sealed: field(5, bytesUpTo(LIMITS.messageBytes)),
} as const;

/** Everything of MLS on the wire, sealed under the key that follows from the link. SPEC ENV-1. */
export type Envelope = FieldValues<typeof envelopeShape>;
export const envelopeCodec = recordCodec(envelopeShape);
export type EnvelopeHeader = Omit<Envelope, "sealed">;

/** The group id in the header of what belongs to no call, a policy or a knock: 16 zero bytes. A policy's `epoch` is its serial, a knock's 0. */
export const NO_GROUP_ID = v.parse(groupIdSchema, "AAAAAAAAAAAAAAAAAAAAAA");

const associated = (roomId: RoomId, header: EnvelopeHeader): Uint8Array<ArrayBuffer> =>
  boundBytes(LABELS.envelope, roomId, header.generation, header.kind, header.groupId, header.epoch);

/** Imports the 32 bytes that `deriveLinkKeys` calls `envelope`, not extractable. */
export const importEnvelopeKey = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);

/** Seals `content` under the envelope key with a fresh random nonce; the answer is ready for the wire. */
export async function sealEnvelope(
  key: CryptoKey,
  roomId: RoomId,
  header: EnvelopeHeader,
  content: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(GCM_NONCE_BYTES));
  const additionalData = associated(roomId, header);
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    content,
  );
  return envelopeCodec.encode({ ...header, sealed: concat(iv, new Uint8Array(ciphertext)) });
}

export type EnvelopeFailure = {
  readonly code: "envelope-malformed" | "envelope-other-kind" | "envelope-unopened";
};

/** Opens an envelope of the expected kind. `envelope-unopened`: another link, another room, or altered on the way. */
export async function openEnvelope(
  key: CryptoKey,
  roomId: RoomId,
  kind: EnvelopeKind,
  bytes: Uint8Array,
): Promise<
  Result<
    { readonly header: EnvelopeHeader; readonly content: Uint8Array<ArrayBuffer> },
    EnvelopeFailure
  >
> {
  const envelope = envelopeCodec.decode(bytes);
  if (!envelope.ok) return fail("envelope-malformed");
  const { sealed, ...header } = envelope.value;
  if (header.kind !== kind) return fail("envelope-other-kind");
  if (sealed.length < GCM_NONCE_BYTES + GCM_TAG_BYTES) return fail("envelope-malformed");
  const iv = sealed.slice(0, GCM_NONCE_BYTES);
  const additionalData = associated(roomId, header);
  try {
    const content = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv, additionalData },
      key,
      sealed.slice(GCM_NONCE_BYTES),
    );
    return ok({ header, content: new Uint8Array(content) });
  } catch {
    return fail("envelope-unopened");
  }
}
