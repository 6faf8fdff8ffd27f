import type { Epoch, GroupId, LeafIndex } from "../../../protocol/ids.ts";
import { EXPORTERS } from "../../../protocol/labels.ts";
import type { EpochStatement } from "../../core/call-crypto.ts";
import type { MlsEngine, MlsGroup, MlsMember } from "../../core/mls-engine.ts";

/** What follows from one epoch's exporter, and who held it. */
export type EpochKeys = {
  readonly groupId: GroupId;
  readonly epoch: Epoch;
  readonly ownLeaf: LeafIndex;
  readonly members: ReadonlyMap<LeafIndex, MlsMember>;
  /** AES-256-GCM: SPEC SIGNAL-2. */
  readonly signalKey: CryptoKey;
  /** HMAC-SHA-256: SPEC MAC-1. */
  readonly pairKey: CryptoKey;
  /** HMAC-SHA-256: SPEC MAC-2, MAC-3. */
  readonly codeKey: CryptoKey;
  /** HKDF, for the SFrame keys of all KIDs: SPEC FRAME-1. */
  readonly frameKey: CryptoKey;
  readonly statement: EpochStatement;
};

const NO_CONTEXT = new Uint8Array(0);

/** Derives everything an epoch is used for, so that the group's own secrets stay with the engine. */
export async function deriveEpochKeys(engine: MlsEngine, group: MlsGroup): Promise<EpochKeys> {
  const exported = ({ label, lengthBytes }: (typeof EXPORTERS)[keyof typeof EXPORTERS]) =>
    engine.exportSecret(group, label, NO_CONTEXT, lengthBytes);
  const [signal, pair, code, frames, fork] = await Promise.all([
    exported(EXPORTERS.signal),
    exported(EXPORTERS.pair),
    exported(EXPORTERS.code),
    exported(EXPORTERS.sframe),
    exported(EXPORTERS.fork),
  ]);
  const [signalKey, pairKey, codeKey, frameKey] = await Promise.all([
    crypto.subtle.importKey("raw", signal, "AES-GCM", false, ["encrypt", "decrypt"]),
    hmacKey(pair),
    hmacKey(code),
    crypto.subtle.importKey("raw", frames, "HKDF", false, ["deriveBits"]),
  ]);
  for (const raw of [signal, pair, code, frames]) raw.fill(0);
  return {
    groupId: group.groupId,
    epoch: group.epoch,
    ownLeaf: group.ownLeaf,
    members: new Map(group.members.map((member) => [member.leaf, member])),
    signalKey,
    pairKey,
    codeKey,
    frameKey,
    statement: { epoch: group.epoch, transcript: group.confirmedTranscriptHash, fork },
  };
}

const hmacKey = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
