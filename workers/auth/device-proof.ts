import { sha256 } from "../../protocol/bytes.ts";
import { verifyEd25519 } from "../../protocol/ed25519.ts";
import type { TokenRequest } from "../../protocol/http.ts";
import { deriveMemberId, type MemberId, type RoomId } from "../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../protocol/labels.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";

export type DeviceProof = {
  readonly memberId: MemberId;
  readonly accessHash: Uint8Array<ArrayBuffer>;
  /** What the room remembers until `expiresAtSec`, so that the proof serves once. */
  readonly proofHash: Uint8Array<ArrayBuffer>;
  readonly expiresAtSec: number;
};

/** Whether the caller holds the room device key it names, by a signature made just now. SPEC SIGN-8. */
export async function verifyDeviceProof(
  roomId: RoomId,
  request: Pick<TokenRequest, "access" | "roomDeviceKey" | "proof" | "atSec">,
  nowSec: number,
): Promise<Result<DeviceProof, { readonly code: "proof-expired" | "proof-invalid" }>> {
  const { access, roomDeviceKey, proof, atSec } = request;
  if (Math.abs(nowSec - atSec) > LIMITS.tokenClockSkewSec) return fail("proof-expired");
  const accessHash = await sha256(access);
  const bound = boundBytes(LABELS.token, roomId, accessHash, atSec);
  if (!(await verifyEd25519(roomDeviceKey, proof, bound))) return fail("proof-invalid");
  return ok({
    memberId: await deriveMemberId(roomDeviceKey),
    accessHash,
    // Over what was signed, not over the signature: one signature may have a second spelling.
    proofHash: await sha256(roomDeviceKey, bound),
    expiresAtSec: atSec + LIMITS.tokenClockSkewSec,
  });
}
