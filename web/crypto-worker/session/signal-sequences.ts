import type { Epoch, GroupId, LeafIndex } from "../../../protocol/ids.ts";

type Direction = {
  readonly groupId: GroupId;
  readonly epoch: Epoch;
  readonly fromLeaf: LeafIndex;
  readonly toLeaf: LeafIndex;
};

/** Counts signals per (group, epoch, from, to): SPEC SIGNAL-1. */
export type SignalSequences = {
  /** The next number to send under; never the same twice. */
  readonly next: (direction: Direction) => number;
  /** Takes a received, authenticated number; false where it is at or below the last. */
  readonly take: (direction: Direction, sequence: number) => boolean;
  /** Forgets all counts but those of this group from this epoch on. */
  readonly keepOnly: (groupId: GroupId, from: Epoch) => void;
};

type Count = { readonly groupId: GroupId; readonly epoch: Epoch; last: number };

export function createSignalSequences(): SignalSequences {
  const sent = new Map<string, Count>();
  const received = new Map<string, Count>();
  const countOf = (counts: Map<string, Count>, direction: Direction): Count => {
    const key = keyOf(direction);
    const { groupId, epoch } = direction;
    const count = counts.get(key) ?? { groupId, epoch, last: 0 };
    counts.set(key, count);
    return count;
  };
  return {
    next: (direction) => {
      const count = countOf(sent, direction);
      count.last += 1;
      return count.last;
    },
    take: (direction, sequence) => {
      const count = countOf(received, direction);
      if (sequence <= count.last) return false;
      count.last = sequence;
      return true;
    },
    keepOnly: (groupId, from) => {
      for (const counts of [sent, received]) {
        for (const [key, count] of counts)
          if (count.groupId !== groupId || count.epoch < from) counts.delete(key);
      }
    },
  };
}

const keyOf = ({ groupId, epoch, fromLeaf, toLeaf }: Direction): string =>
  `${groupId}/${epoch}/${fromLeaf}/${toLeaf}`;
