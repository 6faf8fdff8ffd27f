import {
  createReceiver,
  createSender,
  type SframeReceiver,
  type SframeSender,
} from "webcrypto-sframe";
import type { LeafIndex } from "../../../protocol/ids.ts";
import type { FrameEpoch } from "./frame-keyring.ts";

/** RFC 9605 suite 4: SPEC FRAME-1. */
const CIPHER_SUITE = "AES_128_GCM_SHA256_128";

/** The SFrame keys of one epoch. Senders are made once for each KID and live as long as the epoch, whatever becomes of transforms and connections: SPEC KID-2. */
export type EpochFrameKeys = {
  readonly epoch: FrameEpoch;
  readonly sender: (kid: number) => SframeSender | Promise<SframeSender>;
  /** The receiver of one leaf, with the key of this KID in it. */
  readonly receiver: (leaf: LeafIndex, kid: number) => Promise<SframeReceiver>;
};

export function createEpochFrameKeys(epoch: FrameEpoch): EpochFrameKeys {
  const { baseKey } = epoch;
  const senders = new Map<number, SframeSender | Promise<SframeSender>>();
  const receivers = new Map<LeafIndex, SframeReceiver>();
  const added = new Map<number, Promise<void>>();

  const makeSender = async (kid: number): Promise<SframeSender> => {
    const sender = await createSender({ cipherSuite: CIPHER_SUITE, baseKey, kid });
    // From now on the counter is taken the moment a frame is read.
    senders.set(kid, sender);
    return sender;
  };

  return {
    epoch,
    sender: (kid) => {
      const found = senders.get(kid);
      if (found !== undefined) return found;
      const made = makeSender(kid);
      senders.set(kid, made);
      return made;
    },
    receiver: async (leaf, kid) => {
      const receiver = receivers.get(leaf) ?? createReceiver({ cipherSuite: CIPHER_SUITE });
      receivers.set(leaf, receiver);
      const key = added.get(kid) ?? receiver.addKey({ kid, baseKey });
      added.set(kid, key);
      await key;
      return receiver;
    },
  };
}
