import {
  envelopeCodec,
  type EnvelopeFailure,
  type EnvelopeKind,
  NO_GROUP_ID,
  openEnvelope,
  sealEnvelope,
} from "../../../protocol/envelope.ts";
import type { Epoch, GroupId } from "../../../protocol/ids.ts";
import { type GroupPolicy, verifyGroupPolicy } from "../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { RoomKeys } from "./room-keys.ts";

type Place = { readonly groupId: GroupId; readonly epoch: Epoch };

/** Seals something for the wire under the link in force: SPEC ENV-1. */
export const sealContent = (
  { roomId, links }: Pick<RoomKeys, "roomId" | "links">,
  kind: Exclude<EnvelopeKind, "policy">,
  { groupId, epoch }: Place,
  content: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> => {
  const { envelopeKey, generation } = links.inForce();
  return sealEnvelope(envelopeKey, roomId, { generation, kind, groupId, epoch }, content);
};

/** Opens an envelope of the link in force at the place it names; what its header says is authentic, and as new as whoever has the link made it. SPEC ENV-4, ROTATE-5. */
export async function openContent(
  { roomId, links }: RoomKeys,
  kind: EnvelopeKind,
  bytes: Uint8Array,
): Promise<Result<Place & { readonly content: Uint8Array<ArrayBuffer> }, EnvelopeFailure>> {
  const envelope = envelopeCodec.decode(bytes);
  if (!envelope.ok) return fail("envelope-malformed");
  const { generation, groupId, epoch } = envelope.value;
  const key = links.find(generation, { groupId, epoch });
  if (key === undefined) return fail("envelope-unopened");
  const opened = await openEnvelope(key, roomId, kind, bytes);
  return opened.ok ? ok({ groupId, epoch, content: opened.value.content }) : opened;
}

/** The kind an envelope says it is. */
export function kindOf(bytes: Uint8Array): EnvelopeKind | undefined {
  const envelope = envelopeCodec.decode(bytes);
  return envelope.ok ? envelope.value.kind : undefined;
}

export type OpenedPolicy = {
  readonly policy: GroupPolicy;
  readonly signedPolicy: Uint8Array<ArrayBuffer>;
};
type PolicyFailure = { readonly code: "policy-invalid" | "policy-older" | "link-replaced" };

/** Seals a signed group policy for the room. SPEC ENV-2. */
export const sealPolicy = (
  roomId: RoomKeys["roomId"],
  envelopeKey: CryptoKey,
  { policy, signedPolicy }: OpenedPolicy,
): Promise<Uint8Array<ArrayBuffer>> =>
  sealEnvelope(
    envelopeKey,
    roomId,
    {
      generation: policy.linkGeneration ?? 0,
      kind: "policy",
      groupId: NO_GROUP_ID,
      epoch: policy.serial as Epoch,
    },
    signedPolicy,
  );

/** A sealed policy under one key, verified, which says the generation and serial its envelope says. SPEC ENV-2, ENV-4. */
export async function readSealedPolicy(
  roomId: RoomKeys["roomId"],
  envelopeKey: CryptoKey,
  sealed: Uint8Array,
): Promise<OpenedPolicy | undefined> {
  const opened = await openEnvelope(envelopeKey, roomId, "policy", sealed);
  if (!opened.ok) return undefined;
  const { header, content } = opened.value;
  const verified = await verifyGroupPolicy(roomId, content);
  if (!verified.ok) return undefined;
  const { policy } = verified.value;
  const isAsSaid =
    header.groupId === NO_GROUP_ID &&
    (header.epoch as number) === policy.serial &&
    header.generation === (policy.linkGeneration ?? 0);
  return isAsSaid ? { policy, signedPolicy: content } : undefined;
}

/** The room's sealed policy, not older than this device has seen; the link's generation is known from then on. SPEC POLICY-4. */
export async function openPolicy(
  { roomId, links, policyFloor }: RoomKeys,
  sealed: Uint8Array,
): Promise<Result<OpenedPolicy, PolicyFailure>> {
  const read = await readSealedPolicy(roomId, links.current().envelopeKey, sealed);
  if (read === undefined) {
    const envelope = envelopeCodec.decode(sealed);
    const known = links.generation();
    const isLater = envelope.ok && known !== undefined && envelope.value.generation > known;
    return fail(isLater ? "link-replaced" : "policy-invalid");
  }
  const { policy } = read;
  if (policy.serial < policyFloor.serial()) return fail("policy-older");
  return links.learn(policy.linkGeneration ?? 0) ? ok(read) : fail("policy-invalid");
}
