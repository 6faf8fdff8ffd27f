import type { Epoch, GroupId, RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { type Ticket, ticketBoundBytes, ticketCodec } from "../../../protocol/ticket.ts";
import type { MlsEngine, MlsGroup } from "../../core/mls-engine.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { type HostKey, signAsHost } from "./host-keys.ts";
import type { RoomKeys } from "./room-keys.ts";

type Bytes = Uint8Array<ArrayBuffer>;
/** Who a ticket is for. */
export type TicketHolder = Pick<Ticket, "identityKey" | "ticketKey">;

/** SPEC INFO-1. */
const admissionInfo = (roomId: RoomId, holder: TicketHolder): Bytes =>
  boundBytes(LABELS.admission, roomId, holder.identityKey, holder.ticketKey);

/** SPEC INFO-2. */
const groupInfoInfo = (
  roomId: RoomId,
  place: { readonly groupId: GroupId; readonly epoch: Epoch },
  holder: TicketHolder,
): Bytes =>
  boundBytes(
    LABELS.ticketedInfo,
    roomId,
    place.groupId,
    place.epoch,
    holder.identityKey,
    holder.ticketKey,
  );

const ownHolder = ({ identity, ticketKey }: RoomKeys): TicketHolder => ({
  identityKey: identity.publicKey,
  ticketKey: ticketKey.publicKey,
});

/** SPEC TICKET-1, SIGN-5. */
export async function signTicket(
  roomId: RoomId,
  groupId: GroupId,
  acting: HostKey,
  { identityKey, ticketKey }: TicketHolder,
): Promise<Ticket> {
  const naming = { groupId, identityKey, ticketKey };
  return { ...naming, ...(await signAsHost(acting, ticketBoundBytes(roomId, naming))) };
}

export const signOwnTicket = (room: RoomKeys, groupId: GroupId, acting: HostKey): Promise<Ticket> =>
  signTicket(room.roomId, groupId, acting, ownHolder(room));

/** A ticket that only its holder can read. `undefined`: its key is none. */
export async function sealAdmission(
  engine: MlsEngine,
  { roomId, groupId }: Pick<MlsGroup, "roomId" | "groupId">,
  acting: HostKey,
  holder: TicketHolder,
): Promise<Bytes | undefined> {
  const ticket = await signTicket(roomId, groupId, acting, holder);
  const content = ticketCodec.encode(ticket);
  return engine.sealTo(holder.ticketKey, admissionInfo(roomId, holder), content);
}

/** The ticket for this device, in what a host sealed to it. */
export async function openAdmission(
  engine: MlsEngine,
  room: RoomKeys,
  sealed: Bytes,
): Promise<Ticket | undefined> {
  const info = admissionInfo(room.roomId, ownHolder(room));
  const content = await engine.openSealed(room.ticketKey, info, sealed);
  const ticket = content === undefined ? undefined : ticketCodec.decode(content);
  return ticket?.ok === true ? ticket.value : undefined;
}

/** GroupInfo that only the holder of a ticket can read. */
export async function sealGroupInfoTo(
  engine: MlsEngine,
  group: MlsGroup,
  holder: TicketHolder,
): Promise<Bytes | undefined> {
  const info = groupInfoInfo(group.roomId, group, holder);
  return engine.sealTo(holder.ticketKey, info, await engine.groupInfo(group));
}

export const openGroupInfo = (
  engine: MlsEngine,
  room: RoomKeys,
  place: { readonly groupId: GroupId; readonly epoch: Epoch },
  sealed: Bytes,
): Promise<Bytes | undefined> =>
  engine.openSealed(room.ticketKey, groupInfoInfo(room.roomId, place, ownHolder(room)), sealed);

/** The ticket kept for this call, where there is one. */
export async function findTicket(
  vault: KeyVault,
  roomId: RoomId,
  groupId: GroupId,
): Promise<Ticket | undefined> {
  const record = await vault.findRecord(`ticket-of/${roomId}`);
  const ticket = record === undefined ? undefined : ticketCodec.decode(record);
  return ticket?.ok === true && ticket.value.groupId === groupId ? ticket.value : undefined;
}
