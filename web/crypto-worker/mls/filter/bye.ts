import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import type { Epoch, GroupId, LeafIndex, RoomId } from "../../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../../protocol/labels.ts";
import { LIMITS } from "../../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { Bye, MlsGroup } from "../../../core/mls-engine.ts";

/** The bytes a leaf signs when it leaves. SPEC SIGN-10. */
export const byeBoundBytes = (
  roomId: RoomId,
  groupId: GroupId,
  epoch: Epoch,
  leaf: LeafIndex,
): Uint8Array<ArrayBuffer> => boundBytes(LABELS.bye, roomId, groupId, epoch, leaf);

/** SPEC MLS-4: by the leaf that is there now, for this epoch or one of the eight before it. */
export async function judgeBye(
  { roomId, groupId, epoch, members }: MlsGroup,
  bye: Bye,
): Promise<Result<undefined, { readonly code: "bye-invalid" | "bye-expired" }>> {
  const member = members.find(({ leaf }) => leaf === bye.leaf);
  if (member === undefined || bye.epoch > epoch) return fail("bye-invalid");
  if (bye.epoch < epoch - LIMITS.byeEpochs) return fail("bye-expired");
  const bound = byeBoundBytes(roomId, groupId, bye.epoch, bye.leaf);
  return (await verifyEd25519(member.identityKey, bye.signature, bound))
    ? ok(undefined)
    : fail("bye-invalid");
}
