import * as v from "valibot";
import { displayNameSchema } from "../../../protocol/cast.ts";
import { encodeHostLink, type HostLink } from "../../../protocol/host-link.ts";
import type { Epoch, GroupId, LeafIndex, MemberId, RoomId, Seq } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { LINK_SECRET_BYTES } from "../../../protocol/link.ts";
import { CODE_NONCE_BYTES } from "../../../protocol/security-code.ts";
import { type SignalBody, signalBodyCodec } from "../../../protocol/signal.ts";
import type { CallCrypto, MemberCommit } from "../../core/call-crypto.ts";
import type { CryptoMethod } from "../../core/crypto-rpc.ts";
import { LINK_STREAMS } from "../../core/peer-link.ts";
import {
  anyOf,
  bytesOf,
  bytesUpTo,
  type Guard,
  idText,
  isBoolean,
  listUpTo,
  oneOf,
  optional,
  record,
  textUpTo,
  tuple,
  uintUpTo,
} from "./guards.ts";

/** The bounds of what the page may ask, method by method: typed by the port, so that neither can drift from the other. */
type ArgumentGuards = {
  readonly [Method in CryptoMethod]: Guard<Readonly<Parameters<CallCrypto[Method]>>>;
};

const MOST_LEAF = 1022;
const MOST_LINK_ID = 64;
const HASH_BYTES = 32;
/** Base64url of 32 bytes. */
const MOST_KEY_TEXT = 43;
const MOST_SECONDS = 2 ** 40;

const leaf = uintUpTo<LeafIndex>(MOST_LEAF);
const epoch = uintUpTo<Epoch>(Number.MAX_SAFE_INTEGER);
const hash = bytesOf(HASH_BYTES);
const linkId = textUpTo(MOST_LINK_ID);

/** What the wire's own codec writes, it has bounded. */
const signalBody: Guard<SignalBody> = (value): value is SignalBody => {
  try {
    return signalBodyCodec.encode(value as SignalBody).length <= LIMITS.signalBytes;
  } catch {
    return false;
  }
};

const count = uintUpTo(Number.MAX_SAFE_INTEGER);
const memberId = idText<MemberId>();
const mode = oneOf("open", "knock");
const role = oneOf("host", "co-host");

/** A call of nobody is none. */
const capacity: Guard<number> = (value): value is number =>
  uintUpTo(LIMITS.groupMembers)(value) && value > 0;

const displayName: Guard<string> = (value): value is string => v.is(displayNameSchema, value);

/** What the link's own codec writes, it has checked. */
const hostLink: Guard<HostLink> = (value): value is HostLink => {
  try {
    return encodeHostLink(value as HostLink).length > 0;
  } catch {
    return false;
  }
};

const memberCommit: Guard<MemberCommit> = anyOf(
  record({ kind: oneOf("update") }),
  record({ kind: oneOf("bye"), byes: listUpTo(LIMITS.groupMembers, bytesUpTo(1024)) }),
  record({ kind: oneOf("gone"), leaves: listUpTo(LIMITS.groupMembers, leaf) }),
  record({ kind: oneOf("kick"), leaves: listUpTo(LIMITS.groupMembers, leaf) }),
  record({
    kind: oneOf("host-link"),
    role,
    expiresAtSec: uintUpTo(MOST_SECONDS),
  }),
  record({
    kind: oneOf("policy"),
    changes: record({
      mode: optional(mode),
      locked: optional(isBoolean),
      capacity: optional(capacity),
      unban: optional(listUpTo(LIMITS.bans, memberId)),
      newLink: optional(isBoolean),
      coHost: optional(record({ leaf, expiresAtSec: uintUpTo(MOST_SECONDS) })),
      withdraw: optional(listUpTo(LIMITS.roles, count)),
    }),
  }),
);

export const argumentGuards: ArgumentGuards = {
  newRoom: tuple(record({ mode })),
  openRoom: tuple(
    record({
      roomId: idText<RoomId>(),
      secret: bytesOf(LINK_SECRET_BYTES),
      dtlsFingerprint: hash,
      policyFloor: count,
      hostLink: optional(hostLink),
    }),
  ),
  tokenRequest: tuple(uintUpTo(MOST_SECONDS)),
  dropHostLink: tuple(),
  prove: tuple(record({ nonce: hash, jti: textUpTo(128) })),
  createGroup: tuple(bytesUpTo(LIMITS.policyBytes)),
  prepareJoin: tuple(
    record({
      groupInfo: bytesUpTo(LIMITS.groupInfoBytes),
      policy: bytesUpTo(LIMITS.policyBytes),
    }),
  ),
  prepareCommit: tuple(memberCommit),
  installPending: tuple(),
  discardPending: tuple(),
  judge: tuple(
    record({
      seq: uintUpTo<Seq>(Number.MAX_SAFE_INTEGER),
      epoch,
      commit: bytesUpTo(LIMITS.commitBytes),
      doorChange: optional(bytesUpTo(LIMITS.doorChangeBytes)),
    }),
  ),
  groupInfo: tuple(),
  sealKnock: tuple(record({ name: displayName, policy: bytesUpTo(LIMITS.policyBytes) })),
  openKnock: tuple(record({ from: memberId, sealed: bytesUpTo(LIMITS.knockBytes) })),
  admit: tuple(record({ memberId, identityKey: textUpTo(MOST_KEY_TEXT) })),
  admitAll: tuple(),
  takeAdmission: tuple(bytesUpTo(LIMITS.ticketBytes)),
  sealTicket: tuple(record({ groupId: idText<GroupId>(), policy: bytesUpTo(LIMITS.policyBytes) })),
  answerTicket: tuple(record({ from: memberId, sealed: bytesUpTo(LIMITS.ticketBytes) })),
  endForAll: tuple(),
  checkEnd: tuple(bytesUpTo(1024)),
  sealSignal: tuple(record({ toLeaf: leaf, body: signalBody, pending: isBoolean })),
  openSignal: tuple(bytesUpTo(LIMITS.signalBytes)),
  pairHello: tuple(leaf),
  checkPairHello: tuple(leaf, bytesUpTo(LIMITS.signalBytes)),
  statement: tuple(),
  checkStatement: tuple(record({ epoch, transcript: hash, fork: hash })),
  sealCast: tuple(bytesUpTo(LIMITS.castBytes)),
  openCast: tuple(bytesUpTo(LIMITS.castBytes)),
  sealBye: tuple(),
  openBye: tuple(bytesUpTo(1024)),
  codeCommit: tuple(),
  codeReveal: tuple(
    record({ epoch, commits: listUpTo(LIMITS.groupMembers, record({ leaf, commit: hash })) }),
  ),
  codeOpen: tuple(
    record({
      epoch,
      nonces: listUpTo(LIMITS.groupMembers, record({ leaf, nonce: bytesOf(CODE_NONCE_BYTES) })),
    }),
  ),
  bindLink: tuple(record({ linkId, peerLeaf: optional(leaf) })),
  confirmEpoch: tuple(record({ peerLeaf: leaf, epoch })),
  endGroup: tuple(),
};

/** A frame transform, as the page names one. */
export const frameTransform = record({
  linkId,
  stream: oneOf(...LINK_STREAMS),
  direction: oneOf("send", "receive"),
});
