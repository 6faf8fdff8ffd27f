import * as v from "valibot";
import {
  bytesOf,
  bytesUpTo,
  field,
  listField,
  optionalField,
  recordCodec,
  uintSchema,
} from "./fields.ts";
import { failureCodeSchema } from "./failure-codes.ts";
import { epochSchema, groupIdSchema, memberIdSchema, seqSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { messageCodec, type MessageOf } from "./message-codec.ts";
import { modeSchema } from "./policy.ts";

/** One entry of the commit log, as the room hands it on. SPEC LOG-1. */
export const logEntryCodec = recordCodec({
  seq: field(1, seqSchema),
  epoch: field(2, epochSchema),
  from: field(3, memberIdSchema),
  commit: field(4, bytesUpTo(LIMITS.commitBytes)),
  /** As it came with the commit. SPEC DOOR-1. */
  doorChange: optionalField(5, bytesUpTo(LIMITS.doorChangeBytes)),
});

/** What the room sends to a client. SPEC ROOM-*. */
const roomMessages = {
  /** First on every socket: sign this. ROOM-1. */
  challenge: { nonce: field(2, bytesOf(32)), timeSec: field(3, uintSchema) },
  /** The state of the room for somebody who is not in the call; sent after `prove` and whenever it changes. ROOM-2. */
  lobby: {
    inCall: field(2, uintSchema),
    /** Somebody who may admit is in the call. */
    hostPresent: field(3, v.boolean()),
    mode: field(4, modeSchema),
    locked: field(5, v.boolean()),
    /** Sealed, host-signed group policy. */
    policy: field(6, bytesUpTo(LIMITS.policyBytes)),
    /** Absent: no call is live. */
    groupId: optionalField(7, groupIdSchema),
    /** Of the head, and the last entry: what a join commit names as `epoch` and `after`. Absent while an entry awaits a second opinion. */
    epoch: optionalField(8, epochSchema),
    seq: optionalField(9, seqSchema),
    /** Sealed; absent where one must be admitted, or while an entry awaits a second opinion. */
    groupInfo: optionalField(10, bytesUpTo(LIMITS.groupInfoBytes)),
  },
  /** Answers `group-create` that won. ROOM-3. The one that lost gets `lobby`. */
  "group-created": { groupId: field(2, groupIdSchema) },
  /** Answers `commit` that was taken. ROOM-4. */
  "commit-taken": { seq: field(2, seqSchema), epoch: field(3, epochSchema) },
  /** Answers `commit` that lost; `entries` since its `after` (none to those who are not in the call). A `turn` follows. ROOM-5. */
  "commit-lost": { entries: listField(2, logEntryCodec, LIMITS.commitsKept) },
  /** It is this client's turn to commit, for `leaseMs`. Joiners find the GroupInfo to start from. ROOM-6. */
  turn: {
    leaseMs: field(2, uintSchema),
    epoch: field(3, epochSchema),
    seq: field(4, seqSchema),
    groupInfo: optionalField(5, bytesUpTo(LIMITS.groupInfoBytes)),
  },
  /** A new entry, to everybody in the call but its sender. ROOM-7. */
  entry: {
    seq: field(2, seqSchema),
    epoch: field(3, epochSchema),
    from: field(4, memberIdSchema),
    commit: field(5, bytesUpTo(LIMITS.commitBytes)),
    doorChange: optionalField(6, bytesUpTo(LIMITS.doorChangeBytes)),
  },
  /** Answers `resume`: all entries after the given one. ROOM-8. */
  entries: {
    groupId: field(2, groupIdSchema),
    entries: listField(3, logEntryCodec, LIMITS.commitsKept),
  },
  signal: { from: field(2, memberIdSchema), signal: field(3, bytesUpTo(LIMITS.signalBytes)) },
  cast: { from: field(2, memberIdSchema), cast: field(3, bytesUpTo(LIMITS.castBytes)) },
  bye: { from: field(2, memberIdSchema), bye: field(3, bytesUpTo(1024)) },
  /** Answers `is-gone`. ROOM-12. */
  gone: { memberId: field(2, memberIdSchema), gone: field(3, v.boolean()) },
  /** To hosts and co-hosts in the call: somebody waits. KNOCK-3. */
  knock: { from: field(2, memberIdSchema), sealed: field(3, bytesUpTo(LIMITS.knockBytes)) },
  /** To the same: that one waits no more, whatever the reason. KNOCK-4. */
  "knock-gone": { from: field(2, memberIdSchema) },
  /** A host let this member in: the ticket is inside. KNOCK-5. */
  admitted: { sealed: field(2, bytesUpTo(LIMITS.ticketBytes)) },
  /** KNOCK-6. */
  "knock-refused": { blocked: field(2, v.boolean()) },
  /** To one member in the call: a ticket that asks for GroupInfo. TICKET-7. */
  ticket: { from: field(2, memberIdSchema), sealed: field(3, bytesUpTo(LIMITS.ticketBytes)) },
  /** To the one who showed it. `seq`: the last entry, as in `lobby`. TICKET-8. */
  "group-info": {
    groupId: field(2, groupIdSchema),
    epoch: field(3, epochSchema),
    seq: field(4, seqSchema),
    sealed: field(5, bytesUpTo(LIMITS.groupInfoBytes)),
  },
  /** To all: CBOR of the host's `End`. The room's word alone ends nothing. END-2. */
  ended: { end: field(2, bytesUpTo(1024)) },
  /** Something was refused. `about` is the type of the message refused. ROOM-13. */
  failure: {
    code: field(2, failureCodeSchema),
    about: optionalField(3, v.pipe(v.string(), v.maxLength(32))),
    retryAfterMs: optionalField(4, uintSchema),
  },
} as const;

export type RoomMessage = MessageOf<typeof roomMessages>;
/** Reads and writes one binary frame from room to client. A resume may carry all kept commits, each with its door change. */
export const roomMessageCodec = messageCodec(
  roomMessages,
  LIMITS.commitsKept * LIMITS.messageBytes,
);
