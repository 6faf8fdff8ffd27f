import type { HostSigner } from "../protocol/delegation.ts";
import { doorChangeCodec } from "../protocol/door-change.ts";
import { endCodec, verifyEnd } from "../protocol/end.ts";
import type { RoomId } from "../protocol/ids.ts";
import { verifyDoorPolicy } from "../protocol/policy.ts";
import type { HostSigned } from "./room/state.ts";

/** Who signed, for this room, the door policy or the end that a message holds; `undefined` for nobody who may. SPEC DOOR-3, END-1. */
export async function signerOf(
  roomId: RoomId,
  message: HostSigned,
): Promise<HostSigner | undefined> {
  if (message.type === "end") {
    const end = endCodec.decode(message.end);
    return end.ok ? verifyEnd({ roomId, groupId: end.value.groupId }, end.value) : undefined;
  }
  const change = message.doorChange && doorChangeCodec.decode(message.doorChange);
  if (change?.ok !== true) return undefined;
  const verified = await verifyDoorPolicy(roomId, change.value.doorPolicy);
  return verified.ok ? verified.value.signer : undefined;
}
