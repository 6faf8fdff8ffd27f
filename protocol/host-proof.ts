import { hostSignatureFields, type HostSigner, verifyHostSignature } from "./delegation.ts";
import { type FieldValues, recordCodec } from "./fields.ts";
import type { RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";

const hostProofShape = hostSignatureFields(1);
/** What a token request shows besides, to enter as host or co-host. SPEC HOST-4. */
export type HostProof = FieldValues<typeof hostProofShape>;
export const hostProofCodec = recordCodec(hostProofShape);

type Claim = {
  readonly accessHash: Uint8Array;
  readonly roomDeviceKey: Uint8Array;
  readonly atSec: number;
};

/** The bytes of the proof: one device, one link, one second. SPEC SIGN-13. */
export const hostProofBoundBytes = (
  roomId: RoomId,
  { accessHash, roomDeviceKey, atSec }: Claim,
): Uint8Array<ArrayBuffer> =>
  boundBytes(LABELS.hostProof, roomId, accessHash, roomDeviceKey, atSec);

/** Who proves to be host or co-host. `delegation-expired` by the clock of whoever asks; whether it is still listed is for the door policy to say. */
export async function verifyHostProof(
  roomId: RoomId,
  claim: Claim,
  proof: HostProof,
  nowSec: number,
): Promise<HostSigner | "invalid" | "expired"> {
  const bound = hostProofBoundBytes(roomId, claim);
  const signer = await verifyHostSignature(roomId, bound, proof);
  if (signer === undefined) return "invalid";
  const { delegation } = signer;
  return delegation !== undefined && delegation.expiresAtSec <= nowSec ? "expired" : signer;
}
