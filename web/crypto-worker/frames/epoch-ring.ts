import type { Epoch, LeafIndex } from "../../../protocol/ids.ts";
import type { Clock } from "../../core/clock.ts";
import { createEpochFrameKeys, type EpochFrameKeys } from "./epoch-frame-keys.ts";
import { EPOCH_TIMES } from "./epoch-times.ts";
import type { EpochStep, FrameEpoch } from "./frame-keyring.ts";
import { epochByteOf } from "./kid.ts";

type Held = {
  readonly keys: EpochFrameKeys;
  /** When it stops being taken; nothing while it is the newest. */
  expiry: { readonly atMs: number; readonly cancel: () => void } | undefined;
};

type Peer = { sendsAt: Epoch; confirmed: Epoch };

/** Which epochs are taken, and which each peer is sent: SPEC EPOCH-1. */
export type EpochRing = {
  readonly install: (epoch: FrameEpoch, step: EpochStep) => void;
  readonly confirm: (leaf: LeafIndex, epoch: Epoch) => void;
  readonly newest: () => EpochFrameKeys | undefined;
  /** The keys to send to a leaf by; nothing for a leaf that is not in the group. */
  readonly sendingTo: (leaf: LeafIndex) => EpochFrameKeys | undefined;
  readonly byEpochByte: (epochByte: number) => EpochFrameKeys | undefined;
  readonly clear: () => void;
};

export function createEpochRing(clock: Clock): EpochRing {
  let held: Held[] = [];
  const peers = new Map<LeafIndex, Peer>();
  const switches = new Set<() => void>();
  const used = new WeakSet<CryptoKey>();

  const newest = (): EpochFrameKeys | undefined => held.at(-1)?.keys;

  const clear = (): void => {
    for (const { expiry } of held) expiry?.cancel();
    for (const cancel of switches) cancel();
    switches.clear();
    held = [];
    peers.clear();
  };

  /** No link is left on an epoch before this one. */
  const switchAll = (epoch: Epoch): void => {
    for (const peer of peers.values()) if (peer.sendsAt < epoch) peer.sendsAt = epoch;
  };

  const expireIn = (item: Held, delayMs: number): void => {
    const atMs = clock.nowMs() + delayMs;
    if (item.expiry !== undefined && item.expiry.atMs <= atMs) return;
    item.expiry?.cancel();
    const cancel = clock.after(delayMs, () => {
      held = held.filter((other) => other !== item);
      // A counter must not go on where its keys are forgotten.
      const next = held[0]?.keys.epoch.epoch;
      if (next !== undefined) switchAll(next);
    });
    item.expiry = { atMs, cancel };
  };

  const switchLater = (epoch: Epoch): void => {
    const cancel = clock.after(EPOCH_TIMES.switchAtLatestMs, () => {
      switches.delete(cancel);
      switchAll(epoch);
    });
    switches.add(cancel);
  };

  /** Who was in the group goes on where it was; who is new starts here. */
  const seat = ({ leaves, epoch }: FrameEpoch, added: LeafIndex | undefined): void => {
    for (const leaf of peers.keys()) if (!leaves.has(leaf) || leaf === added) peers.delete(leaf);
    for (const leaf of leaves) {
      const peer = peers.get(leaf);
      if (peer === undefined) peers.set(leaf, { sendsAt: epoch, confirmed: epoch });
      else if (peer.confirmed >= epoch) peer.sendsAt = epoch;
    }
  };

  return {
    newest,
    clear,

    install: (epoch, step) => {
      // Its counters would start again, under the same key.
      if (used.has(epoch.baseKey)) throw new TypeError("frame epoch: expected a new base key");
      used.add(epoch.baseKey);
      const before = newest()?.epoch;
      if (step.type === "entered") clear();
      else if (before === undefined || epoch.epoch !== before.epoch + 1)
        throw new TypeError("frame epoch: expected the one after the newest");
      const older = [...held];
      held.push({ keys: createEpochFrameKeys(epoch), expiry: undefined });
      if (step.type === "entered") {
        seat(epoch, undefined);
        return;
      }
      seat(epoch, step.added);
      if (step.removal) switchAll(epoch.epoch);
      else switchLater(epoch.epoch);
      const delayMs = step.removal
        ? EPOCH_TIMES.acceptAfterRemoveMs
        : EPOCH_TIMES.acceptAfterJoinMs;
      for (const item of older) expireIn(item, delayMs);
    },

    confirm: (leaf, epoch) => {
      const peer = peers.get(leaf);
      const now = newest()?.epoch.epoch;
      if (peer === undefined || now === undefined) return;
      if (epoch > peer.confirmed) peer.confirmed = epoch;
      // A peer may be ahead: then it is followed as soon as its epoch is here.
      const upTo = peer.confirmed < now ? peer.confirmed : now;
      if (upTo > peer.sendsAt) peer.sendsAt = upTo;
    },

    sendingTo: (leaf) => {
      const peer = peers.get(leaf);
      if (peer === undefined) return undefined;
      return held.find(({ keys }) => keys.epoch.epoch === peer.sendsAt)?.keys;
    },

    byEpochByte: (epochByte) =>
      held.findLast(({ keys }) => epochByteOf(keys.epoch.epoch) === epochByte)?.keys,
  };
}
