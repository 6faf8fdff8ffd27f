import { equalBytes } from "./bytes.ts";
import { type HostSigner, isSignerListed, type Role } from "./delegation.ts";
import {
  type DoorPolicy,
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
    groupRoleCodec.encode(isOwn ? { ...entry, identityKey: undefined } : entry),
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
  if (!isSignerListed(before.roles, signer)) return fail("policy-not-allowed");
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

/** A serial once withdrawn never comes back: a new delegation has the serial of the policy that brings it. SPEC HOST-3. */
function areSerialsFresh<Entry extends { readonly delegationSerial?: number | undefined }>(
  before: Rules<Entry>,
  after: Rules<Entry>,
): boolean {
  const known = new Set(before.roles.map(({ delegationSerial = 0 }) => delegationSerial));
  return after.roles.every(
    ({ delegationSerial = 0 }) =>
      delegationSerial === 0 || delegationSerial === after.serial || known.has(delegationSerial),
  );
}

/** True where both policies say the same, as far as one can tell who sees identity keys in one and member ids in the other. SPEC DOOR-2. */
export const saysTheSame = (group: GroupPolicy, door: DoorPolicy): boolean =>
  group.roomId === door.roomId &&
  group.serial === door.serial &&
  group.mode === door.mode &&
  group.locked === door.locked &&
  group.capacity === door.capacity &&
  (group.linkGeneration ?? 0) === (door.link?.generation ?? 0) &&
  areAllAlike(group.bans, door.bannedMemberIds, (ban, memberId) => ban.memberId === memberId) &&
  areAllAlike(
    group.roles,
    door.roles,
    (inGroup, atDoor) =>
      inGroup.role === atDoor.role &&
      inGroup.delegationSerial === (atDoor.delegationSerial ?? 0) &&
      (inGroup.identityKey === undefined) === (atDoor.memberId === undefined),
  );

const areAllAlike = <Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
  isAlike: (left: Left, right: Right) => boolean,
): boolean =>
  left.length === right.length &&
  left.every((item, index) => {
    const other = right[index];
    return other !== undefined && isAlike(item, other);
  });
