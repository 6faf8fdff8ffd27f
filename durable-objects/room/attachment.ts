import {
  bytesOf,
  bytesUpTo,
  field,
  type FieldValues,
  optionalField,
  recordCodec,
  uintSchema,
} from "../../protocol/fields.ts";
import { tokenClaimsSchema } from "../../protocol/http.ts";
import { memberIdSchema } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { RoomSocket, ShownTicket } from "./state.ts";

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
  delegation: optionalField(10, uintSchema),
  knock: optionalField(11, bytesUpTo(LIMITS.knockBytes)),
  knockedAtMs: optionalField(12, uintSchema),
  ticketAtMs: optionalField(13, uintSchema),
  unansweredSinceMs: optionalField(14, uintSchema),
  askedOf: optionalField(15, memberIdSchema),
} as const;
const attachmentCodec = recordCodec(attachmentShape);
type Attachment = FieldValues<typeof attachmentShape>;

/** What a socket carries through hibernation: about 150 bytes, and a knock of at most 1 KiB. */
export function encodeAttachment(socket: RoomSocket): Uint8Array<ArrayBuffer> {
  const [firstStrikeAtMs, secondStrikeAtMs] = socket.strikesAtMs;
  const { memberId, role, delegation, jti, addressTag, connectedAtMs } = socket;
  const attachment: Attachment = {
    phase: PHASES.indexOf(socket.phase),
    memberId,
    role,
    delegation,
    jti,
    addressTag,
    connectedAtMs,
    firstStrikeAtMs,
    secondStrikeAtMs,
    ...ofPhase(socket),
  };
  return attachmentCodec.encode(attachment);
}

function ofPhase(socket: RoomSocket): Partial<Attachment> {
  if (socket.phase === "challenged") return { nonce: socket.nonce };
  if (socket.phase === "in-call") return {};
  const { knock, knockedAtMs, ticket } = socket;
  const { atMs: ticketAtMs, unansweredSinceMs, askedOf } = ticket ?? {};
  return { knock, knockedAtMs, ticketAtMs, unansweredSinceMs, askedOf };
}

/** The socket an attachment tells of; `undefined` for what an older deployment or nobody wrote. */
export function decodeAttachment(attachment: unknown): RoomSocket | undefined {
  if (!(attachment instanceof Uint8Array)) return undefined;
  const read = attachmentCodec.decode(attachment);
  if (!read.ok) return undefined;
  const { phase: phaseIndex, nonce, memberId, role, delegation, jti, addressTag } = read.value;
  const { connectedAtMs, firstStrikeAtMs, secondStrikeAtMs, knock, knockedAtMs } = read.value;
  const strikesAtMs = [firstStrikeAtMs, secondStrikeAtMs].filter((at) => at !== undefined);
  const entrant = { memberId, role, delegation, jti, addressTag, connectedAtMs, strikesAtMs };
  const phase = PHASES[phaseIndex];
  if (phase === "challenged") return nonce && { ...entrant, phase, nonce };
  if (phase === "visiting")
    return { ...entrant, phase, knock, knockedAtMs, ticket: ticketOf(read.value) };
  return phase && { ...entrant, phase };
}

const ticketOf = ({
  ticketAtMs,
  unansweredSinceMs,
  askedOf,
}: Attachment): ShownTicket | undefined =>
  ticketAtMs === undefined ? undefined : { atMs: ticketAtMs, unansweredSinceMs, askedOf };
