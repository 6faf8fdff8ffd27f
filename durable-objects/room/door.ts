import { equalBytes } from "../../protocol/bytes.ts";
import type { TokenClaims } from "../../protocol/http.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";
import type { RoomRecord } from "./state.ts";

type Given = Pick<RoomRecord, "hostPublicKey" | "accessHash" | "sealedPolicy"> & {
  readonly doorPolicy: Uint8Array;
};

/** Whether a second creation asks for the room that stands. SPEC HTTP-1. */
export const isSameRoom = (room: RoomRecord, given: Given): boolean =>
  equalBytes(room.hostPublicKey, given.hostPublicKey) &&
  equalBytes(room.accessHash, given.accessHash) &&
  equalBytes(room.signedDoorPolicy, given.doorPolicy) &&
  equalBytes(room.sealedPolicy, given.sealedPolicy);

/** Whether this access value opens the room, and as whom this member enters. SPEC HTTP-2. */
export function judgeAccess(
  room: RoomRecord | undefined,
  request: { readonly accessHash: Uint8Array; readonly memberId: MemberId },
): Result<
  { readonly role: TokenClaims["role"] },
  { readonly code: "room-unknown" | "access-wrong" | "link-replaced" | "banned" }
> {
  if (room === undefined) return fail("room-unknown");
  const { accessHash, retiredAccessHashes, doorPolicy } = room;
  if (!equalBytes(accessHash, request.accessHash)) {
    const isRetired = retiredAccessHashes.some((hash) => equalBytes(hash, request.accessHash));
    return fail(isRetired ? "link-replaced" : "access-wrong");
  }
  if (doorPolicy.bannedMemberIds.includes(request.memberId)) return fail("banned");
  const named = doorPolicy.roles.find(({ memberId }) => memberId === request.memberId);
  return ok({ role: named?.role ?? "member" });
}
