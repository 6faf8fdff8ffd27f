import { equalBytes, sha256 } from "../../../protocol/bytes.ts";
import { type DoorChange, doorChangeCodec } from "../../../protocol/door-change.ts";
import {
  type DoorPolicy,
  type GroupPolicy,
  signedPolicyCodec,
  verifyDoorPolicy,
} from "../../../protocol/policy.ts";
import { saysTheSame } from "../../../protocol/policy-change.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { MlsEngine, MlsGroup } from "../../core/mls-engine.ts";
import { type Link, openLink } from "./link-ring.ts";
import type { RoomKeys } from "./room-keys.ts";
import { openSecret } from "./rotation.ts";
import { readSealedPolicy } from "./sealed-content.ts";

/** A new link that a commit brought. */
export type Rotation = { readonly link: Link; readonly secret: Uint8Array<ArrayBuffer> };

type Failure = {
  readonly code:
    | "door-change-unexpected"
    | "door-change-missing"
    | "door-change-malformed"
    | "door-policy-invalid"
    | "door-policy-differs"
    | "sealed-policy-differs"
    | "link-differs"
    | "link-secret-unopened";
};

/** A commit that passed the filter, with the groups before and after it, and what came beside it. */
type DoorCase = {
  readonly engine: MlsEngine;
  readonly room: RoomKeys;
  readonly before: MlsGroup;
  readonly after: MlsGroup;
  /** What the commit names: present exactly where it replaces the policy. */
  readonly doorPolicyHash: Uint8Array<ArrayBuffer> | undefined;
  readonly doorChange: Uint8Array<ArrayBuffer> | undefined;
};

/**
 * Judges what goes to the door beside a commit: the room must come to enforce what the group does. SPEC DOOR-2, ROTATE-4.
 *
 * Everybody who gets into the epoch after the commit comes to the same verdict.
 */
export async function judgeDoorChange(
  given: DoorCase,
): Promise<Result<Rotation | undefined, Failure>> {
  const { room, before, after, doorPolicyHash, doorChange } = given;
  if (doorPolicyHash === undefined) {
    return doorChange === undefined ? ok(undefined) : fail("door-change-unexpected");
  }
  if (doorChange === undefined) return fail("door-change-missing");
  const change = doorChangeCodec.decode(doorChange);
  if (!change.ok) return fail("door-change-malformed");
  const door = await readDoorPolicy(after, doorPolicyHash, change.value);
  if (door === undefined) return fail("door-policy-invalid");
  if (!saysTheSame(after.policy, door)) return fail("door-policy-differs");
  const isNewLink = generationOf(after.policy) !== generationOf(before.policy);
  const rotation = isNewLink
    ? await readNewLink(given, door, change.value)
    : readSameLink(room, door, change.value);
  if (!rotation.ok) return rotation;
  const { envelopeKey } = rotation.value?.link ?? room.links.current();
  const sealed = await readSealedPolicy(room.roomId, envelopeKey, change.value.sealedPolicy);
  const isSame = sealed !== undefined && equalBytes(sealed.signedPolicy, after.signedPolicy);
  return isSame ? rotation : fail("sealed-policy-differs");
}

const generationOf = (policy: GroupPolicy): number => policy.linkGeneration ?? 0;

/** The door policy, if the commit names it and whoever signed the group policy signed it too. */
async function readDoorPolicy(
  after: MlsGroup,
  hash: Uint8Array,
  { doorPolicy }: DoorChange,
): Promise<DoorPolicy | undefined> {
  if (!equalBytes(await sha256(doorPolicy), hash)) return undefined;
  const verified = await verifyDoorPolicy(after.roomId, doorPolicy);
  const group = signedPolicyCodec.decode(after.signedPolicy);
  if (!verified.ok || !group.ok) return undefined;
  const { policy, signer } = verified.value;
  return equalBytes(signer.key, group.value.signer) ? policy : undefined;
}

function readSameLink(
  room: RoomKeys,
  { link }: DoorPolicy,
  { sealedSecret }: DoorChange,
): Result<undefined, Failure> {
  const isSame =
    sealedSecret === undefined &&
    (link === undefined || equalBytes(link.accessHash, room.links.current().accessHash));
  return isSame ? ok(undefined) : fail("link-differs");
}

async function readNewLink(
  { engine, after }: DoorCase,
  door: DoorPolicy,
  { sealedSecret }: DoorChange,
): Promise<Result<Rotation, Failure>> {
  const secret =
    sealedSecret === undefined ? undefined : await openSecret(engine, after, sealedSecret);
  if (secret === undefined) return fail("link-secret-unopened");
  const link = await openLink(secret);
  const isNamed = door.link !== undefined && equalBytes(door.link.accessHash, link.accessHash);
  return isNamed ? ok({ link, secret }) : fail("link-differs");
}
