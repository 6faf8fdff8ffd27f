import * as v from "valibot";
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from "./ed25519.ts";
import { bytesOf, bytesUpTo, field, optionalField } from "./fields.ts";
import { epochSchema, groupIdSchema, memberIdSchema, seqSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { messageCodec, type MessageOf } from "./message-codec.ts";

/** What a client sends to the room. Keys 0 and 1 are version and type. SPEC CLIENT-*. */
const clientMessages = {
  /** Answers `challenge`: signature by the room device key. CLIENT-1. */
  prove: {
    roomDeviceKey: field(2, bytesOf(PUBLIC_KEY_BYTES)),
    signature: field(3, bytesOf(SIGNATURE_BYTES)),
  },
  /** Starts a call where none is live, or publishes again one that ended with the service. CLIENT-2. */
  "group-create": {
    groupId: field(2, groupIdSchema),
    epoch: field(3, epochSchema),
    /** Absent where one must be admitted: TICKET-6. */
    groupInfo: optionalField(4, bytesUpTo(LIMITS.groupInfoBytes)),
    /** From a host whose ticket no member of this group answered: it ends, and the new one takes its place. GROUP-5. */
    replaces: optionalField(5, groupIdSchema),
  },
  /** Offers an entry of the log: a sealed commit of `epoch`, made with knowledge of all entries up to `after`. CLIENT-3. */
  commit: {
    groupId: field(2, groupIdSchema),
    epoch: field(3, epochSchema),
    after: field(4, seqSchema),
    kind: field(5, v.picklist(["join", "member"])),
    commit: field(6, bytesUpTo(LIMITS.commitBytes)),
    /** Sealed GroupInfo of `epoch + 1`. Absent where one must be admitted: TICKET-6. */
    groupInfo: optionalField(7, bytesUpTo(LIMITS.groupInfoBytes)),
    /** SHA-256 of `commit`: what pipelined signals name. */
    commitHash: field(8, bytesOf(32)),
    /** CBOR of a `DoorChange`, where the commit replaces the policy. DOOR-1. */
    doorChange: optionalField(9, bytesUpTo(LIMITS.doorChangeBytes)),
  },
  /** The sender's filter accepted the entry. CLIENT-4. */
  applied: { groupId: field(2, groupIdSchema), seq: field(3, seqSchema) },
  /** The sender's filter refused the entry. CLIENT-5. */
  refused: { groupId: field(2, groupIdSchema), seq: field(3, seqSchema) },
  /** A GroupInfo of the epoch after entry `seq`, from any member. CLIENT-6. */
  publish: {
    groupId: field(2, groupIdSchema),
    seq: field(3, seqSchema),
    epoch: field(4, epochSchema),
    groupInfo: field(5, bytesUpTo(LIMITS.groupInfoBytes)),
  },
  /** Relayed to one member; with `commitHash` only if that commit won. CLIENT-7. */
  signal: {
    to: field(2, memberIdSchema),
    signal: field(3, bytesUpTo(LIMITS.signalBytes)),
    commitHash: optionalField(4, bytesOf(32)),
  },
  /** Relayed to all in the call: a sealed MLS application message. CLIENT-8. */
  cast: { groupId: field(2, groupIdSchema), cast: field(3, bytesUpTo(LIMITS.castBytes)) },
  /** Leaves: a sealed, signed goodbye, relayed to all in the call. CLIENT-9. */
  bye: { groupId: field(2, groupIdSchema), bye: field(3, bytesUpTo(1024)) },
  /** Asks whether a member's socket is silent. CLIENT-10. */
  "is-gone": { memberId: field(2, memberIdSchema) },
  /** A member whose socket was lost comes back and asks for what it missed. CLIENT-11. */
  resume: { groupId: field(2, groupIdSchema), after: field(3, seqSchema) },
  /** Asks the hosts to be let in; replaces an earlier one of this member. KNOCK-2. */
  knock: { sealed: field(2, bytesUpTo(LIMITS.knockBytes)) },
  /** KNOCK-4. */
  "knock-withdrawn": {},
  /** From a host or co-host: a ticket for one member, sealed to it. KNOCK-5. */
  admit: { to: field(2, memberIdSchema), sealed: field(3, bytesUpTo(LIMITS.ticketBytes)) },
  /** From a host or co-host: no. `block`: and ask no more. KNOCK-6. */
  refuse: { to: field(2, memberIdSchema), block: field(3, v.boolean()) },
  /** Shows a ticket to a member, who answers with `group-info`. TICKET-7. */
  ticket: { groupId: field(2, groupIdSchema), sealed: field(3, bytesUpTo(LIMITS.ticketBytes)) },
  /** Answers a ticket: GroupInfo of `epoch`, sealed to its holder. TICKET-8. */
  "group-info": {
    to: field(2, memberIdSchema),
    groupId: field(3, groupIdSchema),
    epoch: field(4, epochSchema),
    sealed: field(5, bytesUpTo(LIMITS.groupInfoBytes)),
  },
  /** CBOR of an `End`. END-1. */
  end: { end: field(2, bytesUpTo(1024)) },
} as const;

export type ClientMessage = MessageOf<typeof clientMessages>;
/** Reads and writes one binary frame from client to room. */
export const clientMessageCodec = messageCodec(clientMessages, LIMITS.messageBytes);
