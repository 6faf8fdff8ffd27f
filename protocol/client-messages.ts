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
    groupInfo: field(4, bytesUpTo(LIMITS.groupInfoBytes)),
  },
  /** Offers an entry of the log: a sealed commit of `epoch`, made with knowledge of all entries up to `after`. CLIENT-3. */
  commit: {
    groupId: field(2, groupIdSchema),
    epoch: field(3, epochSchema),
    after: field(4, seqSchema),
    kind: field(5, v.picklist(["join", "member"])),
    commit: field(6, bytesUpTo(LIMITS.commitBytes)),
    /** Sealed GroupInfo of `epoch + 1`. */
    groupInfo: field(7, bytesUpTo(LIMITS.groupInfoBytes)),
    /** SHA-256 of `commit`: what pipelined signals name. */
    commitHash: field(8, bytesOf(32)),
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
} as const;

export type ClientMessage = MessageOf<typeof clientMessages>;
/** Reads and writes one binary frame from client to room. */
export const clientMessageCodec = messageCodec(clientMessages, LIMITS.messageBytes);
