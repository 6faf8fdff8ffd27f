import type { Epoch, LeafIndex, RoomId, Seq } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { LINK_SECRET_BYTES } from "../../../protocol/link.ts";
import { CODE_NONCE_BYTES } from "../../../protocol/security-code.ts";
import { type SignalBody, signalBodyCodec } from "../../../protocol/signal.ts";
import type { CallCrypto } from "../../core/call-crypto.ts";
import type { CryptoMethod } from "../../core/crypto-rpc.ts";
import { LINK_STREAMS } from "../../core/peer-link.ts";
import {
  bytesOf,
  bytesUpTo,
  either,
  type Guard,
  idText,
  isBoolean,
  isUndefined,
  listUpTo,
  oneOf,
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

export const argumentGuards: ArgumentGuards = {
  newRoom: tuple(),
  openRoom: tuple(
    record({
      roomId: idText<RoomId>(),
      secret: bytesOf(LINK_SECRET_BYTES),
      dtlsFingerprint: hash,
      policyFloor: uintUpTo(Number.MAX_SAFE_INTEGER),
    }),
  ),
  tokenRequest: tuple(uintUpTo(MOST_SECONDS)),
  prove: tuple(record({ nonce: hash, jti: textUpTo(128) })),
  createGroup: tuple(bytesUpTo(LIMITS.policyBytes)),
  prepareJoin: tuple(
    record({
      groupInfo: bytesUpTo(LIMITS.groupInfoBytes),
      policy: bytesUpTo(LIMITS.policyBytes),
    }),
  ),
  prepareCommit: tuple(
    either(
      record({ kind: oneOf("update") }),
      either(
        record({ kind: oneOf("bye"), byes: listUpTo(LIMITS.groupMembers, bytesUpTo(1024)) }),
        record({ kind: oneOf("gone"), leaves: listUpTo(LIMITS.groupMembers, leaf) }),
      ),
    ),
  ),
  installPending: tuple(),
  discardPending: tuple(),
  judge: tuple(
    record({
      seq: uintUpTo<Seq>(Number.MAX_SAFE_INTEGER),
      epoch,
      commit: bytesUpTo(LIMITS.commitBytes),
    }),
  ),
  groupInfo: tuple(),
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
  bindLink: tuple(record({ linkId, peerLeaf: either(leaf, isUndefined) })),
  confirmEpoch: tuple(record({ peerLeaf: leaf, epoch })),
  endGroup: tuple(),
};

/** A frame transform, as the page names one. */
export const frameTransform = record({
  linkId,
  stream: oneOf(...LINK_STREAMS),
  direction: oneOf("send", "receive"),
});
