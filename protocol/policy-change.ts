import { equalBytes } from "./bytes.ts";
import { type HostSigner, isSignerListed, type Role } from "./delegation.ts";
import {
  type DoorPolicy,
  doorPolicyCodec,
  doorRoleCodec,
  type DoorRole,
  type GroupPolicy,
  groupRoleCodec,
  type GroupRole,
} from "./policy.ts";
import { fail, ok, type Result } from "./result.ts";

export type PolicyChange = Result<
  undefined,
  { readonly code: "policy-serial" | "policy-not-allowed" }
>;

/** What of a group or door policy says who may change it. */
type Rules<Entry> = {
  readonly serial: number;
  readonly capacity: number;
  readonly roles: readonly Entry[];
  readonly generation: number;
};

/** Whether a signer may put `after` in the place of `before`. `kicks`: the same commit removes somebody. SPEC POLICY-5, POLICY-6. */
export const judgeGroupPolicyChange = (
  before: GroupPolicy,
  after: GroupPolicy,
  signer: HostSigner,
  kicks: boolean,
): PolicyChange =>
  judge(groupRules(before), groupRules(after), signer, kicks, (entry, isOwn) =>
    groupRoleCodec.encode(
      isOwn ? { ...entry, identityKey: undefined, memberId: undefined } : entry,
    ),
  );

/** The same for the room object, which can't see a Remove: a co-host's new link comes with a new ban. SPEC DOOR-3. */
export const judgeDoorPolicyChange = (
  before: DoorPolicy,
  after: DoorPolicy,
  signer: HostSigner,
): PolicyChange => {
  const bans = after.bannedMemberIds.some((id) => !before.bannedMemberIds.includes(id));
  const keepsLink =
    before.link === undefined ||
    after.link?.generation !== before.link.generation ||
    equalBytes(after.link.accessHash, before.link.accessHash);
  if (!keepsLink) return fail("policy-not-allowed");
  return judge(doorRules(before), doorRules(after), signer, bans, (entry, isOwn) =>
    doorRoleCodec.encode(isOwn ? { ...entry, memberId: undefined } : entry),
  );
};

const groupRules = (policy: GroupPolicy): Rules<GroupRole> => ({
  ...policy,
  generation: policy.linkGeneration ?? 0,
});
const doorRules = (policy: DoorPolicy): Rules<DoorRole> => ({
  ...policy,
  generation: policy.link?.generation ?? 0,
});

function judge<
  Entry extends { readonly role: Role; readonly delegationSerial?: number | undefined },
>(
  before: Rules<Entry>,
  after: Rules<Entry>,
  signer: HostSigner,
  kicks: boolean,
  encode: (entry: Entry, isOwn: boolean) => Uint8Array,
): PolicyChange {
  if (after.serial !== before.serial + 1) return fail("policy-serial");
  // Who joins later sees the new policy only: it must hold by itself.
  const isListed = isSignerListed(before.roles, signer) && isSignerListed(after.roles, signer);
  if (!isListed) return fail("policy-not-allowed");
  const steps = after.generation - before.generation;
  if (steps !== 0 && steps !== 1) return fail("policy-not-allowed");
  if (signer.role === "host") {
    return areSerialsFresh(before, after) ? ok(undefined) : fail("policy-not-allowed");
  }
  if (steps === 1 && !kicks) return fail("policy-not-allowed");
  if (after.capacity !== before.capacity) return fail("policy-not-allowed");
  const ownSerial = signer.delegation?.serial;
  const keepsRoles =
    after.roles.length === before.roles.length &&
    after.roles.every((entry, index) => {
      const was = before.roles[index];
      const isOwn = entry.delegationSerial === ownSerial;
      return was !== undefined && equalBytes(encode(was, isOwn), encode(entry, isOwn));
    });
  return keepsRoles ? ok(undefined) : fail("policy-not-allowed");
}

/** A serial once withdrawn never comes back, and is one entry's: a new delegation has the serial of the policy that brings it. SPEC HOST-3. */
function areSerialsFresh<Entry extends { readonly delegationSerial?: number | undefined }>(
  before: Rules<Entry>,
  after: Rules<Entry>,
): boolean {
  const serials = after.roles.flatMap(({ delegationSerial = 0 }) =>
    delegationSerial === 0 ? [] : [delegationSerial],
  );
  const known = new Set(before.roles.map(({ delegationSerial = 0 }) => delegationSerial));
  return (
    new Set(serials).size === serials.length &&
    serials.every((serial) => serial === after.serial || known.has(serial))
  );
}

/** The door policy that says what a group policy says; only the access value of a later link is not in that. SPEC DOOR-2. */
export const doorPolicyOf = (
  group: GroupPolicy,
  accessHash: Uint8Array<ArrayBuffer> | undefined,
): DoorPolicy => ({
  roomId: group.roomId,
  serial: group.serial,
  mode: group.mode,
  locked: group.locked,
  bannedMemberIds: group.bans.map(({ memberId }) => memberId),
  roles: group.roles.map(({ memberId, role, delegationSerial }) => ({
    memberId,
    role,
    delegationSerial: delegationSerial === 0 ? undefined : delegationSerial,
  })),
  capacity: group.capacity,
  link:
    group.linkGeneration === undefined || accessHash === undefined
      ? undefined
      : { generation: group.linkGeneration, accessHash },
});

/** True where both policies say the same. SPEC DOOR-2. */
export const saysTheSame = (group: GroupPolicy, door: DoorPolicy): boolean =>
  // Without an access value there would be nothing to compare a later link with.
  group.linkGeneration === door.link?.generation &&
  equalBytes(
    doorPolicyCodec.encode(doorPolicyOf(group, door.link?.accessHash)),
    doorPolicyCodec.encode(door),
  );
