import {
  bytesOf,
  bytesUpTo,
  field,
  type FieldValues,
  optionalField,
  recordCodec,
} from "./fields.ts";
import type { Epoch, GroupId, RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";
import { LIMITS } from "./limits.ts";
import { LINK_SECRET_BYTES } from "./link.ts";

/** nonce(12) ‖ AES-256-GCM of the 16 bytes and its tag. */
const SEALED_SECRET_BYTES = 12 + LINK_SECRET_BYTES + 16;

const doorChangeShape = {
  /** CBOR of a `SignedPolicy` over the `DoorPolicy` that says what the commit's group policy says. The commit names its SHA-256. */
  doorPolicy: field(1, bytesUpTo(LIMITS.policyBytes)),
  /** Envelope of kind `policy` around the commit's signed group policy, under the link in force after it. */
  sealedPolicy: field(2, bytesUpTo(LIMITS.policyBytes)),
  /** The secret of a new link, sealed for those who are in the epoch after the commit. SPEC ROTATE-3. */
  sealedSecret: optionalField(3, bytesOf(SEALED_SECRET_BYTES)),
} as const;
/** What a commit that replaces the policy changes at the door. It travels beside the commit and counts exactly when the commit does. SPEC DOOR-1. */
export type DoorChange = FieldValues<typeof doorChangeShape>;
export const doorChangeCodec = recordCodec(doorChangeShape);

/** Associated data of a new link's secret; `epoch` is the one after the commit. SPEC BIND-3. */
export const rotationBoundBytes = (
  roomId: RoomId,
  groupId: GroupId,
  epoch: Epoch,
  generation: number,
): Uint8Array<ArrayBuffer> => boundBytes(LABELS.rotation, roomId, groupId, epoch, generation);
