import type { RoomId } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { GroupMember } from "./call-crypto.ts";
import type { DeviceMemory } from "./device-memory.ts";

/** `changed`: somebody verified in this room had this name or device, and another identity key. */
export type Trust = "verified" | "changed" | "unknown";

type Known = Pick<GroupMember, "identityKey" | "memberId">;

/** Whom this device has verified: by identity key, in whatever room they are met. SPEC VERIFY-9. */
export type VerifiedPeople = {
  readonly trustOf: (member: Known, name: string | undefined) => Trust;
  readonly add: (people: readonly { readonly member: Known; readonly name: string }[]) => void;
  readonly forget: (identityKeys: readonly string[]) => void;
  readonly forgetAll: () => void;
  readonly count: () => number;
};

export function createVerifiedPeople(memory: DeviceMemory, roomId: RoomId): VerifiedPeople {
  let people = memory.verified();

  function remember(next: typeof people): void {
    people = next.slice(-LIMITS.verifiedKept);
    memory.rememberVerified(people);
  }

  return {
    trustOf: ({ identityKey, memberId }, name) => {
      if (people.some((known) => known.identityKey === identityKey)) return "verified";
      const wasOther = people.some(
        (known) =>
          known.roomId === roomId && (known.memberId === memberId || isSameName(known.name, name)),
      );
      return wasOther ? "changed" : "unknown";
    },
    add: (added) => {
      // Another tab may have added some meanwhile.
      const before = memory.verified();
      const rows = added.map(({ member: { identityKey, memberId }, name }) => ({
        identityKey,
        memberId,
        roomId,
        name,
      }));
      const isAgain = (row: (typeof before)[number]): boolean =>
        rows.some(({ identityKey }) => row.identityKey === identityKey && row.roomId === roomId);
      remember([...before.filter((row) => !isAgain(row)), ...rows]);
    },
    forget: (identityKeys) =>
      remember(memory.verified().filter((row) => !identityKeys.includes(row.identityKey))),
    forgetAll: () => remember([]),
    count: () => new Set(people.map(({ identityKey }) => identityKey)).size,
  };
}

/** Names that look alike to somebody who reads them quickly count as one. */
const isSameName = (known: string, name: string | undefined): boolean =>
  name !== undefined && asRead(known) !== "" && asRead(known) === asRead(name);

const asRead = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");
