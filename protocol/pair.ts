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
import { epochSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** Streams of the SFrame KID. SPEC KID-1. */
export const STREAMS = {
  microphone: 0,
  camera: 1,
  screen: 2,
  screenAudio: 3,
  relayMicrophone: 4,
  relayCamera: 5,
  relayScreen: 6,
  relayScreenAudio: 7,
} as const;
export type StreamName = keyof typeof STREAMS;
export const streamNameSchema = v.picklist(["microphone", "camera", "screen", "screenAudio"]);

const pairMessageShape = {
  type: field(
    1,
    v.picklist([
      // hello: first on a data channel, {mac}. PAIR-2.
      "hello",
      // epoch: {epoch, transcript, fork}: "I am at this epoch, and this is how I know it". PAIR-3.
      "epoch",
      // alive: nothing but proof that the leaf lives. PAIR-4.
      "alive",
      // view: {stream, width, height}: how large the receiver shows the stream; 0×0 is hidden. PAIR-5.
      "view",
      // missing: {from, to}: asks the sender for group messages of its own by sequence. PAIR-6.
      "missing",
      // cast: {cast}: one of the sender's own group messages again, as CBOR of `cast.ts`. PAIR-6.
      "cast",
      // code-commit: {epoch, commit}: binds the sender to its part of the security code. VERIFY-2.
      "code-commit",
      // code-reveal: {epoch, nonce}: that part, once all commits are there. VERIFY-3.
      "code-reveal",
    ]),
  ),
  mac: optionalField(2, bytesOf(32)),
  epoch: optionalField(3, epochSchema),
  /** Confirmed transcript hash of that epoch. */
  transcript: optionalField(4, bytesOf(32)),
  /** Exporter "sotto fork v1" of that epoch. */
  fork: optionalField(5, bytesOf(32)),
  stream: optionalField(6, streamNameSchema),
  width: optionalField(7, v.pipe(uintSchema, v.maxValue(16_384))),
  height: optionalField(8, v.pipe(uintSchema, v.maxValue(16_384))),
  from: optionalField(10, uintSchema),
  to: optionalField(11, uintSchema),
  cast: optionalField(12, bytesUpTo(LIMITS.castBytes)),
  commit: optionalField(13, bytesOf(32)),
  nonce: optionalField(14, bytesOf(32)),
} as const;
/** What two members tell each other, over the data channel or through the room. SPEC PAIR-1. */
export type PairMessage = FieldValues<typeof pairMessageShape>;
export const pairMessageCodec = recordCodec(pairMessageShape);
