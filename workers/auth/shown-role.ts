import type { ShownRole } from "../../durable-objects/room/door-in-force.ts";
import { hostProofCodec, verifyHostProof } from "../../protocol/host-proof.ts";
import type { RoomId } from "../../protocol/ids.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";

/** What the host proof of a token request shows, if it has one. Whether the room still lists it is the room's to say. SPEC HOST-4. */
export async function shownRole(
  roomId: RoomId,
  claim: Parameters<typeof verifyHostProof>[1],
  hostProof: Uint8Array<ArrayBuffer> | undefined,
  nowSec: number,
): Promise<
  Result<ShownRole | undefined, { readonly code: "host-proof-invalid" | "delegation-expired" }>
> {
  if (hostProof === undefined) return ok(undefined);
  const proof = hostProofCodec.decode(hostProof);
  if (!proof.ok) return fail("host-proof-invalid");
  const signer = await verifyHostProof(roomId, claim, proof.value, nowSec);
  if (signer === "invalid") return fail("host-proof-invalid");
  if (signer === "expired") return fail("delegation-expired");
  return ok({ role: signer.role, delegation: signer.delegation?.serial ?? 0 });
}
