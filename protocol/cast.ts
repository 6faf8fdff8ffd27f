import * as v from "valibot";
import { isPlainText } from "./display-text.ts";
import { field, type FieldValues, optionalField, recordCodec, uintSchema } from "./fields.ts";
import { memberIdSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** A display name: trimmed, NFC, 1 to 64 code points, no control or direction character. */
export const displayNameSchema = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((name) => isPlainText(name, LIMITS.nameCodePoints)),
);

const castShape = {
  /** Counts up from 1 per sender and call; a gap is asked for over the pair channel. */
  sequence: field(1, uintSchema),
  type: field(2, v.picklist(["state", "mute"])),
  name: optionalField(3, displayNameSchema),
  microphone: optionalField(4, v.boolean()),
  camera: optionalField(5, v.boolean()),
  /** Of `mute`: who is asked to turn the microphone off. SPEC HOST-7. */
  target: optionalField(16, memberIdSchema),
} as const;
/** What a member says to the whole group, as an MLS application message. SPEC CAST-1. */
export type Cast = FieldValues<typeof castShape>;
export const castCodec = recordCodec(castShape);
