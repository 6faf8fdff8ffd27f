import {
  bytesOf,
  field,
  type FieldValues,
  optionalField,
  recordCodec,
  uintSchema,
} from "../../protocol/fields.ts";
import { tokenClaimsSchema } from "../../protocol/http.ts";
import { memberIdSchema } from "../../protocol/ids.ts";
import type { RoomSocket } from "./state.ts";

const PHASES = ["challenged", "visiting", "in-call"] as const;
const { role: roleSchema, jti: textSchema } = tokenClaimsSchema.entries;

const attachmentShape = {
  phase: field(1, uintSchema),
  memberId: field(2, memberIdSchema),
  role: field(3, roleSchema),
  jti: field(4, textSchema),
  addressTag: field(5, textSchema),
  connectedAtMs: field(6, uintSchema),
  nonce: optionalField(7, bytesOf(32)),
  /** The last two strikes: a third closes the socket. */
  firstStrikeAtMs: optionalField(8, uintSchema),
  secondStrikeAtMs: optionalField(9, uintSchema),
} as const;
const attachmentCodec = recordCodec(attachmentShape);

/** What a socket carries through hibernation: about 150 bytes. */
export function encodeAttachment(socket: RoomSocket): Uint8Array<ArrayBuffer> {
  const [firstStrikeAtMs, secondStrikeAtMs] = socket.strikesAtMs;
  const { memberId, role, jti, addressTag, connectedAtMs } = socket;
  const attachment: FieldValues<typeof attachmentShape> = {
    phase: PHASES.indexOf(socket.phase),
    memberId,
    role,
    jti,
    addressTag,
    connectedAtMs,
    nonce: socket.phase === "challenged" ? socket.nonce : undefined,
    firstStrikeAtMs,
    secondStrikeAtMs,
  };
  return attachmentCodec.encode(attachment);
}

/** The socket an attachment tells of; `undefined` for what an older deployment or nobody wrote. */
export function decodeAttachment(attachment: unknown): RoomSocket | undefined {
  if (!(attachment instanceof Uint8Array)) return undefined;
  const read = attachmentCodec.decode(attachment);
  if (!read.ok) return undefined;
  const { phase: phaseIndex, nonce, firstStrikeAtMs, secondStrikeAtMs, ...rest } = read.value;
  const strikesAtMs = [firstStrikeAtMs, secondStrikeAtMs].filter((at) => at !== undefined);
  const phase = PHASES[phaseIndex];
  if (phase === undefined) return undefined;
  if (phase !== "challenged") return { ...rest, strikesAtMs, phase };
  return nonce === undefined ? undefined : { ...rest, strikesAtMs, phase, nonce };
}
