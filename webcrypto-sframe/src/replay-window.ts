import type { Uint64 } from "./uint64.ts";

export type ReplayVerdict = "fresh" | "replayed" | "too-old";

/** Remembers which of the last `size` counters of one key have been accepted (RFC 9605 §9.3). */
export type ReplayWindow = {
  /** Says what `commit` would say now, and changes nothing. */
  check(ctr: Uint64): ReplayVerdict;

  /**
   * Takes `ctr` as accepted if it is still fresh, in one step: of two frames with one counter that
   * were both fresh when their decryption began, only the first gets "fresh" here. To be called with
   * authenticated counters only, since a forged one would move the window.
   */
  commit(ctr: Uint64): ReplayVerdict;
};

export function createReplayWindow(size: number): ReplayWindow {
  // A ring: the slot of a counter is the counter modulo the size, one byte each.
  const accepted = new Uint8Array(size);
  let highest: Uint64 | undefined;

  function check(ctr: Uint64): ReplayVerdict {
    if (highest === undefined || ctr > highest) return "fresh";
    if (distance(ctr, highest) >= size) return "too-old";
    return accepted[slotOf(ctr, size)] === 1 ? "replayed" : "fresh";
  }

  return {
    check,
    commit(ctr) {
      const verdict = check(ctr);
      if (verdict !== "fresh") return verdict;
      if (highest === undefined || ctr > highest) {
        if (highest !== undefined) forget(accepted, slotOf(highest, size), distance(highest, ctr));
        highest = ctr;
      }
      accepted[slotOf(ctr, size)] = 1;
      return "fresh";
    },
  };
}

/** Clears the `count` slots after `slot`: they now stand for newer counters. */
function forget(accepted: Uint8Array, slot: number, count: number): void {
  if (count >= accepted.length) {
    accepted.fill(0);
    return;
  }
  const end = slot + 1 + count;
  accepted.fill(0, slot + 1, end);
  if (end > accepted.length) accepted.fill(0, 0, end - accepted.length);
}

/** `higher - lower`; above 2^53 rounded, which is far beyond any window. */
function distance(lower: Uint64, higher: Uint64): number {
  return typeof lower === "number" && typeof higher === "number"
    ? higher - lower
    : Number(BigInt(higher) - BigInt(lower));
}

function slotOf(ctr: Uint64, size: number): number {
  return typeof ctr === "number" ? ctr % size : Number(ctr % BigInt(size));
}
