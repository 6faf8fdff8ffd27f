import { hostSignatureFields, type HostSigner, verifyHostSignature } from "./delegation.ts";
import { PUBLIC_KEY_BYTES } from "./ed25519.ts";
import { bytesOf, field, type FieldValues, recordCodec } from "./fields.ts";
import { type GroupId, groupIdSchema, type RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";

/** Bytes of an X25519 public key (RFC 7748). */
export const TICKET_KEY_BYTES = 32;

const ticketShape = {
  groupId: field(1, groupIdSchema),
  identityKey: field(2, bytesOf(PUBLIC_KEY_BYTES)),
  /** X25519: what is sealed to the ticket's holder is sealed to this key. */
  ticketKey: field(3, bytesOf(TICKET_KEY_BYTES)),
  ...hostSignatureFields(4),
} as const;
/** A host's word that one identity may be in one group. SPEC TICKET-1. */
export type Ticket = FieldValues<typeof ticketShape>;
export const ticketCodec = recordCodec(ticketShape);

/** The bytes that sign a ticket. SPEC SIGN-5. */
export const ticketBoundBytes = (
  roomId: RoomId,
  { groupId, identityKey, ticketKey }: Pick<Ticket, "groupId" | "identityKey" | "ticketKey">,
): Uint8Array<ArrayBuffer> => boundBytes(LABELS.ticket, roomId, groupId, identityKey, ticketKey);

/** Who signed a ticket for this group; `undefined` for another group's or a forged one. Whether the signer may is for the policy to say. */
export async function verifyTicket(
  place: { readonly roomId: RoomId; readonly groupId: GroupId },
  ticket: Ticket,
): Promise<HostSigner | undefined> {
  if (ticket.groupId !== place.groupId) return undefined;
  return verifyHostSignature(place.roomId, ticketBoundBytes(place.roomId, ticket), ticket);
}
