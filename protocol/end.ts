import { hostSignatureFields, type HostSigner, verifyHostSignature } from "./delegation.ts";
import { field, type FieldValues, recordCodec } from "./fields.ts";
import { type GroupId, groupIdSchema, type RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";

const endShape = {
  groupId: field(1, groupIdSchema),
  ...hostSignatureFields(2),
} as const;
/** A host's word that a call is over. SPEC END-1. */
export type End = FieldValues<typeof endShape>;
export const endCodec = recordCodec(endShape);

/** The bytes that end a call. SPEC SIGN-6. */
export const endBoundBytes = (roomId: RoomId, groupId: GroupId): Uint8Array<ArrayBuffer> =>
  boundBytes(LABELS.end, roomId, groupId);

/** Who ended this group: a signer of role host, or nobody. Whether its delegation still holds is for the policy to say. */
export async function verifyEnd(
  place: { readonly roomId: RoomId; readonly groupId: GroupId },
  end: End,
): Promise<HostSigner | undefined> {
  if (end.groupId !== place.groupId) return undefined;
  const bound = endBoundBytes(place.roomId, place.groupId);
  const signer = await verifyHostSignature(place.roomId, bound, end);
  return signer?.role === "host" ? signer : undefined;
}
