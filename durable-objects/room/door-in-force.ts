import { equalBytes } from "../../protocol/bytes.ts";
import type { HostSigner } from "../../protocol/delegation.ts";
import type { DoorPolicy } from "../../protocol/policy.ts";
import { chainOf } from "./commit-log.ts";
import type {
  Door,
  LogEntry,
  Role,
  RoomLimits,
  RoomRecord,
  RoomSocket,
  StoredRoom,
} from "./state.ts";

/** Doors in force one after the other: the room's own, and those of the entries that count. SPEC DOOR-4. */
const doorsOf = (room: RoomRecord, entries: readonly LogEntry[]): readonly Door[] => [
  room.door,
  ...entries.flatMap(({ doorChange }) => doorChange?.door ?? []),
];

/** The entries of the live group's log that count and change the door. */
function changesOf({ group }: Pick<StoredRoom, "group">): readonly LogEntry[] {
  const isChanged = group?.log.entries.some(({ doorChange }) => doorChange !== undefined);
  return group === undefined || isChanged !== true ? [] : chainOf(group.log);
}

/** The door as it is now: what fell from the log, fell from here. SPEC DOOR-4. */
export const doorInForce = (stored: Pick<StoredRoom, "group">, room: RoomRecord): Door =>
  doorsOf(room, changesOf(stored)).at(-1) ?? room.door;

/** Writes down what entries that are no longer kept made of the door. SPEC DOOR-4. */
export function foldDoors(
  room: RoomRecord,
  dropped: readonly LogEntry[],
  limits: RoomLimits,
): RoomRecord {
  const doors = doorsOf(room, dropped);
  const door = doors.at(-1);
  if (door === undefined || door === room.door) return room;
  const retired = [...room.retiredAccessHashes, ...replacedHashes(room, doors)];
  return { ...room, door, retiredAccessHashes: retired.slice(-limits.retiredKept) };
}

const accessHashOf = (room: RoomRecord, { policy }: Door): Uint8Array<ArrayBuffer> =>
  policy.link?.accessHash ?? room.accessHash;

/** Of the doors but the last, the access hashes that the next one replaced. */
const replacedHashes = (
  room: RoomRecord,
  doors: readonly Door[],
): readonly Uint8Array<ArrayBuffer>[] =>
  doors.flatMap((door, index) => {
    const next = doors[index + 1];
    const hash = accessHashOf(room, door);
    return next === undefined || equalBytes(hash, accessHashOf(room, next)) ? [] : [hash];
  });

/** Whether an access value's hash is of the link in force, or of one before it. SPEC ROTATE-6. */
export function judgeAccessHash(
  stored: Pick<StoredRoom, "group">,
  room: RoomRecord,
  accessHash: Uint8Array,
): "in-force" | "retired" | "unknown" {
  const isIt = (hash: Uint8Array): boolean => equalBytes(hash, accessHash);
  const doors = doorsOf(room, changesOf(stored));
  if (isIt(accessHashOf(room, doors.at(-1) ?? room.door))) return "in-force";
  const isRetired = [...room.retiredAccessHashes, ...replacedHashes(room, doors)].some(isIt);
  return isRetired ? "retired" : "unknown";
}

/** What somebody showed to act as host or co-host: a delegation by its serial, or, as serial 0, the host key itself. */
export type ShownRole = { readonly role: HostSigner["role"]; readonly delegation: number };

/** A delegation holds while the policy lists it; the host key's word always does. SPEC HOST-2. */
export const isShownListed = (
  { roles }: DoorPolicy,
  shown: Pick<RoomSocket, "role" | "delegation">,
): boolean =>
  shown.delegation === 0
    ? shown.role === "host"
    : shown.delegation !== undefined &&
      roles.some(
        ({ role, delegationSerial }) =>
          delegationSerial === shown.delegation && role === shown.role,
      );

/** Whom a member acts as under this policy: by its member id, or by what it showed, as long as that is listed. SPEC HOST-4. */
export function roleOf(
  policy: DoorPolicy,
  member: Pick<RoomSocket, "memberId" | "role" | "delegation">,
): Role {
  const held: readonly Role[] = [
    ...policy.roles.flatMap(({ memberId, role }) => (memberId === member.memberId ? [role] : [])),
    ...(isShownListed(policy, member) ? [member.role] : []),
  ];
  if (held.includes("host")) return "host";
  return held.includes("co-host") ? "co-host" : "member";
}

/** A ban does not hold against whom the roles name. SPEC HOST-6. */
export const isBanned = (
  policy: DoorPolicy,
  member: Pick<RoomSocket, "memberId" | "role" | "delegation">,
): boolean =>
  policy.bannedMemberIds.includes(member.memberId) && roleOf(policy, member) === "member";
