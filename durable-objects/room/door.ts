import { asksAdmission } from "../../protocol/policy.ts";
import { equalBytes } from "../../protocol/bytes.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";
import { wasLetIn } from "./admission.ts";
import {
  doorInForce,
  isBanned,
  isShownListed,
  judgeAccessHash,
  roleOf,
  type ShownRole,
} from "./door-in-force.ts";
import type { Role, RoomRecord, StoredRoom } from "./state.ts";

type Given = Pick<RoomRecord, "hostPublicKey" | "accessHash"> & {
  readonly doorPolicy: Uint8Array;
  readonly sealedPolicy: Uint8Array;
};

/** Whether a second creation asks for the room that was made. SPEC HTTP-1. */
export const isSameRoom = (
  { hostPublicKey, accessHash, made }: RoomRecord,
  given: Given,
): boolean =>
  equalBytes(hostPublicKey, given.hostPublicKey) &&
  equalBytes(accessHash, given.accessHash) &&
  equalBytes(made.signedPolicy, given.doorPolicy) &&
  equalBytes(made.sealedPolicy, given.sealedPolicy);

export type Access = {
  readonly role: Role;
  /** Serial of the delegation shown, 0 for the host key. */
  readonly delegation: number | undefined;
  /** Whether it may be given a TURN server to relay through. SPEC HTTP-5. */
  readonly mayRelay: boolean;
};

/** Whether this access value opens the room, and as whom this member enters. SPEC HTTP-2, HOST-4. */
export function judgeAccess(
  stored: Pick<StoredRoom, "room" | "group">,
  request: {
    readonly accessHash: Uint8Array;
    readonly memberId: MemberId;
    readonly shown: ShownRole | undefined;
  },
): Result<
  Access,
  {
    readonly code:
      | "room-unknown"
      | "access-wrong"
      | "link-replaced"
      | "delegation-withdrawn"
      | "banned";
  }
> {
  const { room, group } = stored;
  if (room === undefined) return fail("room-unknown");
  const { accessHash, memberId, shown } = request;
  const access = judgeAccessHash(stored, room, accessHash);
  if (access !== "in-force") return fail(access === "retired" ? "link-replaced" : "access-wrong");
  const { policy } = doorInForce(stored, room);
  if (shown !== undefined && !isShownListed(policy, shown)) return fail("delegation-withdrawn");
  const delegation = shown?.delegation;
  const member: Parameters<typeof roleOf>[1] = {
    memberId,
    role: shown?.role ?? "member",
    delegation,
  };
  if (isBanned(policy, member)) return fail("banned");
  const role = roleOf(policy, member);
  const mayRelay =
    !asksAdmission(policy) ||
    role !== "member" ||
    (group !== undefined && wasLetIn(group, memberId));
  return ok({ role, delegation, mayRelay });
}
