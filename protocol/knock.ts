import { displayNameSchema } from "./cast.ts";
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verifyEd25519 } from "./ed25519.ts";
import { bytesOf, field, type FieldValues, recordCodec } from "./fields.ts";
import { deriveMemberId, type MemberId, type RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";
import { TICKET_KEY_BYTES } from "./ticket.ts";

const knockShape = {
  roomDeviceKey: field(1, bytesOf(PUBLIC_KEY_BYTES)),
  identityKey: field(2, bytesOf(PUBLIC_KEY_BYTES)),
  ticketKey: field(3, bytesOf(TICKET_KEY_BYTES)),
  name: field(4, displayNameSchema),
  /** By the room device key. */
  deviceSignature: field(5, bytesOf(SIGNATURE_BYTES)),
  /** By the identity key: who knocks can't borrow the name behind another's key. */
  identitySignature: field(6, bytesOf(SIGNATURE_BYTES)),
} as const;
/** Who asks to be let in. SPEC KNOCK-1. */
export type Knock = FieldValues<typeof knockShape>;
export const knockCodec = recordCodec(knockShape);

/** The bytes that both keys of a knock sign. SPEC SIGN-12. */
export const knockBoundBytes = (
  roomId: RoomId,
  knock: Omit<Knock, "deviceSignature" | "identitySignature">,
): Uint8Array<ArrayBuffer> =>
  boundBytes(
    LABELS.knock,
    roomId,
    knock.roomDeviceKey,
    knock.identityKey,
    knock.ticketKey,
    knock.name,
  );

/** The member id of a knock that both its keys signed, for this room. */
export async function verifyKnock(roomId: RoomId, knock: Knock): Promise<MemberId | undefined> {
  const bound = knockBoundBytes(roomId, knock);
  const { roomDeviceKey, identityKey, deviceSignature, identitySignature } = knock;
  const isSigned =
    (await verifyEd25519(roomDeviceKey, deviceSignature, bound)) &&
    (await verifyEd25519(identityKey, identitySignature, bound));
  return isSigned ? deriveMemberId(roomDeviceKey) : undefined;
}
