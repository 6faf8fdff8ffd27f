import * as v from "valibot";
import { decodeCbor } from "../../../../protocol/cbor.ts";
import { SIGNATURE_BYTES } from "../../../../protocol/ed25519.ts";
import {
  bytesOf,
  field,
  listField,
  recordCodec,
  recordField,
} from "../../../../protocol/fields.ts";
import { epochSchema, leafIndexSchema } from "../../../../protocol/ids.ts";
import { LIMITS } from "../../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import { type Ticket, ticketCodec } from "../../../../protocol/ticket.ts";
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

const doorDataCodec = recordCodec({
  type: field(1, v.literal("door")),
  /** SHA-256 of the signed door policy beside the commit. */
  doorPolicyHash: field(2, bytesOf(32)),
});
const ticketDataCodec = recordCodec({
  type: field(1, v.literal("ticket")),
  ticket: recordField(2, ticketCodec),
});

/** What a member's commit says besides its proposals: why it removes others, or what goes to the door with it. SPEC MLS-4, MLS-5, DOOR-1. */
export type CommitReason =
  | { readonly type: "none" }
  | { readonly type: "bye"; readonly byes: readonly Bye[] }
  | { readonly type: "gone" }
  | { readonly type: "door"; readonly doorPolicyHash: Uint8Array<ArrayBuffer> };

export const byeData = (byes: readonly Bye[]): Uint8Array<ArrayBuffer> =>
  byeDataCodec.encode({ type: "bye", byes });
export const goneData = (): Uint8Array<ArrayBuffer> => goneDataCodec.encode({ type: "gone" });
export const doorData = (doorPolicyHash: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  doorDataCodec.encode({ type: "door", doorPolicyHash });
export const ticketData = (ticket: Ticket): Uint8Array<ArrayBuffer> =>
  ticketDataCodec.encode({ type: "ticket", ticket });

/** Reads the authenticated data of a member's commit: empty, or exactly one of the three records. */
export function readCommitReason(
  data: Uint8Array<ArrayBuffer>,
): Result<CommitReason, { readonly code: "authenticated-data-unknown" }> {
  if (data.length === 0) return ok({ type: "none" });
  const item = decodeCbor(data);
  if (!item.ok) return fail("authenticated-data-unknown");
  for (const codec of [byeDataCodec, goneDataCodec, doorDataCodec]) {
    const read = codec.fromMap(item.value);
    if (read.ok) return read;
  }
  return fail("authenticated-data-unknown");
}

/** Reads the ticket in the authenticated data of an external commit. */
export function readTicketData(
  data: Uint8Array<ArrayBuffer>,
): Result<Ticket, { readonly code: "authenticated-data-unknown" }> {
  const read = ticketDataCodec.decode(data);
  return read.ok ? ok(read.value.ticket) : fail("authenticated-data-unknown");
}
