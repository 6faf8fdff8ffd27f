import { createRandom } from "../support/seeded-random.ts";

/** Choices that are the same for the same seed. */
export type Random = {
  /** From 0 to just below `bound`. */
  readonly below: (bound: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  readonly bytes: (length: number) => Uint8Array<ArrayBuffer>;
};

/** The numbers of one case: each case can be made again by itself. */
export function randomOf(seed: number, className: string, caseNumber: number): Random {
  let mixed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(caseNumber + 1, 0x85ebca6b);
  for (const char of className) mixed = Math.imul(mixed ^ (char.codePointAt(0) ?? 0), 0x01000193);
  const next = createRandom(mixed);
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new TypeError("pick: expected items");
      return item;
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}
