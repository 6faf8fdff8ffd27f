import { equalBytes, sha256 } from "../../protocol/bytes.ts";
import { verifyEd25519 } from "../../protocol/ed25519.ts";
import type { CreateRoom } from "../../protocol/http.ts";
import { deriveRoomId, type RoomId } from "../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../protocol/labels.ts";
import { verifyDoorPolicy } from "../../protocol/policy.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";

/** The id of the room this request may make: named after, and signed throughout by, its host key. SPEC HTTP-1, SIGN-1. */
export async function verifyCreateRequest(
  request: CreateRoom,
): Promise<
  Result<RoomId, { readonly code: "body-malformed" | "room-id-mismatch" | "signature-invalid" }>
> {
  const { hostPublicKey, accessHash, doorPolicy, sealedPolicy, signature } = request;
  const roomId = await deriveRoomId(hostPublicKey);
  const sealedHash = await sha256(sealedPolicy);
  const bound = boundBytes(
    LABELS.create,
    roomId,
    hostPublicKey,
    accessHash,
    doorPolicy,
    sealedHash,
  );
  if (!(await verifyEd25519(hostPublicKey, signature, bound))) return fail("signature-invalid");
  const policy = await verifyDoorPolicy(roomId, doorPolicy);
  if (!policy.ok) {
    if (policy.error.code === "policy-other-room") return fail("room-id-mismatch");
    if (policy.error.code === "policy-signature-invalid") return fail("signature-invalid");
    return fail("body-malformed");
  }
  // A delegate acts in a room that exists; only the key it is named after makes it.
  if (!equalBytes(policy.value.signer.key, hostPublicKey)) return fail("signature-invalid");
  if (policy.value.policy.serial !== 0) return fail("body-malformed");
  return ok(roomId);
}
