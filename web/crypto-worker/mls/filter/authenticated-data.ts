import * as v from "valibot";
import { decodeCbor } from "../../../../protocol/cbor.ts";
import { SIGNATURE_BYTES } from "../../../../protocol/ed25519.ts";
import { bytesOf, field, listField, recordCodec } from "../../../../protocol/fields.ts";
import { epochSchema, leafIndexSchema } from "../../../../protocol/ids.ts";
import { LIMITS } from "../../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { Bye } from "../../../core/mls-engine.ts";

const byeCodec = recordCodec({
  epoch: field(1, epochSchema),
  leaf: field(2, leafIndexSchema),
  signature: field(3, bytesOf(SIGNATURE_BYTES)),
});
const byeDataCodec = recordCodec({
  type: field(1, v.literal("bye")),
  byes: listField(2, byeCodec, LIMITS.groupMembers),
});
const goneDataCodec = recordCodec({ type: field(1, v.literal("gone")) });

/** Why a member's commit removes others. SPEC MLS-4, MLS-5. */
export type RemovalReason =
  | { readonly type: "none" }
  | { readonly type: "bye"; readonly byes: readonly Bye[] }
  | { readonly type: "gone" };

export const byeData = (byes: readonly Bye[]): Uint8Array<ArrayBuffer> =>
  byeDataCodec.encode({ type: "bye", byes });
export const goneData = (): Uint8Array<ArrayBuffer> => goneDataCodec.encode({ type: "gone" });

/** Reads the authenticated data of a member's commit: empty, or exactly one of the two records. */
export function readRemovalReason(
  data: Uint8Array<ArrayBuffer>,
): Result<RemovalReason, { readonly code: "authenticated-data-unknown" }> {
  if (data.length === 0) return ok({ type: "none" });
  const item = decodeCbor(data);
  if (!item.ok) return fail("authenticated-data-unknown");
  const bye = byeDataCodec.fromMap(item.value);
  if (bye.ok) return bye;
  const gone = goneDataCodec.fromMap(item.value);
  return gone.ok ? gone : fail("authenticated-data-unknown");
}
