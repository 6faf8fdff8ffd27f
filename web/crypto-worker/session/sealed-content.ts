import {
  type EnvelopeFailure,
  type EnvelopeKind,
  openEnvelope,
  NO_GROUP_ID,
  sealEnvelope,
} from "../../../protocol/envelope.ts";
import type { Epoch, GroupId } from "../../../protocol/ids.ts";
import { type GroupPolicy, verifyGroupPolicy } from "../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { RoomKeys } from "./room-keys.ts";

/** How often the link was rotated: a room starts at 0. */
export const LINK_GENERATION = 0;

type Place = { readonly groupId: GroupId; readonly epoch: Epoch };

/** Seals something of MLS for the wire: SPEC ENV-1. */
export const sealContent = (
  room: RoomKeys,
  kind: Exclude<EnvelopeKind, "policy">,
  place: Place,
  content: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> =>
  sealEnvelope(
    room.envelopeKey,
    room.roomId,
    { generation: LINK_GENERATION, kind, groupId: place.groupId, epoch: place.epoch },
    content,
  );

/** Opens an envelope of this link; what its header says is authentic, and as new as whoever has the link made it. */
export async function openContent(
  room: RoomKeys,
  kind: EnvelopeKind,
  bytes: Uint8Array,
): Promise<Result<Place & { readonly content: Uint8Array<ArrayBuffer> }, EnvelopeFailure>> {
  const opened = await openEnvelope(room.envelopeKey, room.roomId, kind, bytes);
  if (!opened.ok) return opened;
  const { header, content } = opened.value;
  if (header.generation !== LINK_GENERATION) return fail("envelope-unopened");
  return ok({ groupId: header.groupId, epoch: header.epoch, content });
}

/** The room's sealed policy, verified, and not older than this device has seen. SPEC ENV-2, POLICY-4. */
export async function openPolicy(
  room: RoomKeys,
  sealed: Uint8Array,
): Promise<
  Result<
    { readonly policy: GroupPolicy; readonly signedPolicy: Uint8Array<ArrayBuffer> },
    { readonly code: "policy-invalid" | "policy-older" }
  >
> {
  const opened = await openContent(room, "policy", sealed);
  if (!opened.ok || opened.value.groupId !== NO_GROUP_ID) return fail("policy-invalid");
  const verified = await verifyGroupPolicy(room.roomId, opened.value.content);
  if (!verified.ok) return fail("policy-invalid");
  const { policy } = verified.value;
  if (policy.serial !== (opened.value.epoch as number)) return fail("policy-invalid");
  if (policy.serial < room.policyFloor) return fail("policy-older");
  return ok({ policy, signedPolicy: opened.value.content });
}
