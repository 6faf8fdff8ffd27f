import type { LeafIndex } from "../../protocol/ids.ts";

/** Each further leaf waits this much longer before it does what a lower one should have done. */
const RANK_MS = 1_500;
const JITTER_MS = 1_000;
/** Time between key updates of one member in a small group. */
const UPDATE_MS = 5 * 60_000;
/** Members from which on updates come less often, so that the group's rate stays the same. */
const UPDATE_MEMBERS = 8;

/**
 * How long to wait before committing a removal: nothing for the lowest leaf that stays, longer for each above it.
 *
 * `leaves` are all of the group, `leaving` those to be removed or believed dead; `random` is 0…1.
 */
export function removalDelayMs(duty: {
  readonly ownLeaf: LeafIndex;
  readonly leaves: readonly LeafIndex[];
  readonly leaving: ReadonlySet<LeafIndex>;
  readonly random: number;
}): number {
  const rank = duty.leaves.filter((leaf) => leaf < duty.ownLeaf && !duty.leaving.has(leaf)).length;
  return rank === 0 ? 0 : rank * RANK_MS + duty.random * JITTER_MS;
}

/** Time to the next key update: 5 minutes × max(1, members / 8), spread by ±20 %. */
export const updateDelayMs = (members: number, random: number): number =>
  UPDATE_MS * Math.max(1, members / UPDATE_MEMBERS) * (0.8 + 0.4 * random);
