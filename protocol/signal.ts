import * as v from "valibot";
import {
  bytesOf,
  bytesUpTo,
  field,
  type FieldValues,
  optionalField,
  recordCodec,
  uintSchema,
} from "./fields.ts";
import { epochSchema, groupIdSchema, leafIndexSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { SIGNATURE_BYTES } from "./ed25519.ts";

const signalHeader = {
  groupId: field(1, groupIdSchema),
  epoch: field(2, epochSchema),
  fromLeaf: field(3, leafIndexSchema),
  toLeaf: field(4, leafIndexSchema),
  /** Counts up per (group, epoch, from, to); a receiver takes each once, in order of arrival, none at or below the last. */
  sequence: field(5, uintSchema),
} as const;

const sealedSignalShape = {
  ...signalHeader,
  /** nonce(12) ‖ AES-256-GCM under exporter "sotto signal v1" of CBOR {1: body, 2: signature}; header bound. SPEC SIGNAL-2. */
  sealed: field(6, bytesUpTo(LIMITS.signalBytes)),
} as const;
/** From one leaf to one other, through the room. SPEC SIGNAL-1. */
export type SealedSignal = FieldValues<typeof sealedSignalShape>;
export const sealedSignalCodec = recordCodec(sealedSignalShape);

/** What is inside the seal: the body, and the sender leaf's signature over header and body. SPEC SIGNAL-3. */
export const signedSignalCodec = recordCodec({
  body: field(1, bytesUpTo(LIMITS.signalBytes)),
  signature: field(2, bytesOf(SIGNATURE_BYTES)),
});

const signalBodyShape = {
  type: field(1, v.picklist(["description", "candidates", "pair"])),
  /** Which connection attempt between the two this belongs to; a higher number replaces a lower. */
  connection: optionalField(2, uintSchema),
  descriptionType: optionalField(3, v.picklist(["offer", "answer"])),
  sdp: optionalField(4, v.pipe(v.string(), v.maxLength(LIMITS.signalBytes))),
  /** Each is candidate ‖ "\n" ‖ sdpMid. */
  candidates: optionalField(
    5,
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(64)),
  ),
  /** A pair-channel message, for pairs without an open data channel. */
  pair: optionalField(6, bytesUpTo(LIMITS.signalBytes)),
} as const;
/** A session description, candidates, or a pair-channel message. */
export type SignalBody = FieldValues<typeof signalBodyShape>;
export const signalBodyCodec = recordCodec(signalBodyShape);
