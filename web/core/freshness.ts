import type { MemberId } from "../../protocol/ids.ts";
import type { Clock } from "./clock.ts";

/** Time for those listed in the group one entered to confirm it. */
const CONFIRM_MS = 10_000;

/**
 * Whether the group one entered is the one the others are in, and not an old one, or one of somebody
 * who was put out, that a hostile room has handed over (DESIGN §5, freshness).
 */
export type Freshness = {
  /** In a group anew, with these others in its tree. */
  readonly begin: (listed: readonly MemberId[]) => void;
  readonly confirmed: (memberId: MemberId) => void;
  /** Left, or came in again by a commit on our own group: says nothing of what we entered. */
  readonly forget: (memberId: MemberId) => void;
  /** False once the time is over and fewer than half have confirmed. */
  readonly isCredible: () => boolean;
};

export function createFreshness(clock: Clock): Freshness {
  let judgeAtMs = Number.POSITIVE_INFINITY;
  const listed = new Map<MemberId, boolean>();
  return {
    begin: (memberIds) => {
      judgeAtMs = clock.nowMs() + CONFIRM_MS;
      listed.clear();
      for (const memberId of memberIds) listed.set(memberId, false);
    },
    confirmed: (memberId) => {
      if (listed.has(memberId)) listed.set(memberId, true);
    },
    forget: (memberId) => {
      // Who has confirmed stays a witness.
      if (listed.get(memberId) === false) listed.delete(memberId);
    },
    isCredible: () => {
      if (clock.nowMs() < judgeAtMs) return true;
      const confirmed = [...listed.values()].filter(Boolean);
      return confirmed.length * 2 >= listed.size;
    },
  };
}
