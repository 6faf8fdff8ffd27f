import type { LeafIndex } from "../../protocol/ids.ts";
import type { GroupChange, GroupView, MemberCommit } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";

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

/** What one member owes the group: removals of who left or died, and fresh keys. Each has its hour. */
export type CommitDuties = {
  /** In a group anew: nothing is owed but an update, some day. */
  readonly begin: (view: GroupView) => void;
  readonly applied: (change: GroupChange, view: GroupView) => void;
  readonly takeBye: (leaf: LeafIndex, bye: Uint8Array<ArrayBuffer>, view: GroupView) => void;
  readonly takeGone: (leaf: LeafIndex, view: GroupView) => void;
  /** What is to be committed now, if anything. */
  readonly due: (isSilent: (leaf: LeafIndex) => boolean) => MemberCommit | undefined;
  /** The commit could not be made: it is not tried again for the same reason. */
  readonly drop: (commit: MemberCommit, view: GroupView) => void;
};

export function createCommitDuties(clock: Clock, random: () => number): CommitDuties {
  const byes = new Map<
    LeafIndex,
    { readonly bye: Uint8Array<ArrayBuffer>; readonly dueMs: number }
  >();
  const gones = new Map<LeafIndex, number>();
  let updateDueMs = Number.POSITIVE_INFINITY;

  const putOffUpdate = ({ members }: GroupView): void => {
    updateDueMs = clock.nowMs() + updateDelayMs(members.length, random());
  };
  const removalDueMs = (leaf: LeafIndex, view: GroupView): number => {
    const leaves = view.members.map((member) => member.leaf);
    const leaving = new Set([leaf, ...byes.keys(), ...gones.keys()]);
    const { ownLeaf } = view;
    return clock.nowMs() + removalDelayMs({ ownLeaf, leaves, leaving, random: random() });
  };

  return {
    begin: (view) => {
      byes.clear();
      gones.clear();
      putOffUpdate(view);
    },
    applied: (change, view) => {
      for (const leaf of change.removed) {
        byes.delete(leaf);
        gones.delete(leaf);
      }
      if (change.committer === view.ownLeaf) putOffUpdate(view);
    },
    takeBye: (leaf, bye, view) => {
      byes.set(leaf, { bye, dueMs: removalDueMs(leaf, view) });
    },
    takeGone: (leaf, view) => {
      if (!gones.has(leaf)) gones.set(leaf, removalDueMs(leaf, view));
    },
    due: (isSilent) => {
      const nowMs = clock.nowMs();
      // Whoever is due takes the others along: one commit, one epoch.
      if ([...byes.values()].some(({ dueMs }) => dueMs <= nowMs))
        return { kind: "bye", byes: [...byes.values()].map(({ bye }) => bye) };
      for (const leaf of gones.keys()) {
        if (!isSilent(leaf)) gones.delete(leaf);
      }
      // One at a time: the rule of three in sixteen epochs is per remover (SPEC MLS-5).
      for (const [leaf, dueMs] of gones) {
        if (dueMs <= nowMs) return { kind: "gone", leaves: [leaf] };
      }
      return updateDueMs <= nowMs ? { kind: "update" } : undefined;
    },
    drop: (commit, view) => {
      if (commit.kind === "update") putOffUpdate(view);
      else if (commit.kind === "bye") byes.clear();
      else if (commit.kind === "gone") for (const leaf of commit.leaves) gones.delete(leaf);
    },
  };
}
