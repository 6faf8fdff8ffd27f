import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import type { Epoch, GroupId, RoomId } from "../../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../../protocol/labels.ts";
import { LIMITS } from "../../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { Bye, MlsGroup, MlsMember } from "../../../core/mls-engine.ts";

/**
 * The bytes a leaf signs when it leaves. SPEC SIGN-10.
 *
 * With the leaf's encryption key, which no later stay has: who comes back soon may get the same leaf
 * again, and their old goodbye must not put them out of it.
 */
export const byeBoundBytes = (
  { roomId, groupId }: { readonly roomId: RoomId; readonly groupId: GroupId },
  epoch: Epoch,
  { leaf, encryptionKey }: Pick<MlsMember, "leaf" | "encryptionKey">,
): Uint8Array<ArrayBuffer> => boundBytes(LABELS.bye, roomId, groupId, epoch, leaf, encryptionKey);

/** SPEC MLS-4: by the leaf that is there now, since it came, for this epoch or one of the eight before it. */
export async function judgeBye(
  group: MlsGroup,
  bye: Bye,
): Promise<Result<undefined, { readonly code: "bye-invalid" | "bye-expired" }>> {
  const { epoch, members } = group;
  const member = members.find(({ leaf }) => leaf === bye.leaf);
  if (member === undefined || bye.epoch > epoch) return fail("bye-invalid");
  if (bye.epoch < epoch - LIMITS.byeEpochs) return fail("bye-expired");
  const bound = byeBoundBytes(group, bye.epoch, member);
  return (await verifyEd25519(member.identityKey, bye.signature, bound))
    ? ok(undefined)
    : fail("bye-invalid");
}
