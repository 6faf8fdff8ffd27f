import type { Epoch, MemberId } from "../../protocol/ids.ts";
import { sealedSignalCodec } from "../../protocol/signal.ts";

/** Kept for one sender: SPEC SIGNAL-4. */
const MOST_PER_SENDER = 32;
/** The room names the senders, and might name any number. */
const MOST_SENDERS = 100;

type EarlySignal = { readonly from: MemberId; readonly signal: Uint8Array<ArrayBuffer> };

/** Signals sealed by an epoch ahead of ours, until its commit arrives. */
export type EarlySignals = {
  /** Keeps a signal that no held epoch opens, unless its time is past. */
  readonly keep: (early: EarlySignal, epoch: Epoch | undefined) => void;
  readonly takeAll: () => readonly EarlySignal[];
};

export function createEarlySignals(): EarlySignals {
  const bySender = new Map<MemberId, EarlySignal[]>();
  return {
    keep: (early, epoch) => {
      const header = sealedSignalCodec.decode(early.signal);
      if (!header.ok || (epoch !== undefined && header.value.epoch <= epoch)) return;
      const kept = bySender.get(early.from) ?? [];
      if (kept.length >= MOST_PER_SENDER || bySender.size >= MOST_SENDERS) return;
      kept.push(early);
      bySender.set(early.from, kept);
    },
    takeAll: () => {
      const all = [...bySender.values()].flat();
      bySender.clear();
      return all;
    },
  };
}
