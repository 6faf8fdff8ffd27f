/** Delays between attempts: the first is nearly at once, later ones double up to a limit, each with full jitter so that a crowd spreads. */
export type Backoff = {
  /** Milliseconds to wait before the next attempt; never less than `atLeastMs`. */
  readonly next: (atLeastMs?: number) => number;
  readonly reset: () => void;
};

export function createBackoff(options: {
  readonly firstMs: number;
  readonly mostMs: number;
  readonly random: () => number;
}): Backoff {
  let limitMs = options.firstMs;
  return {
    next: (atLeastMs = 0) => {
      const delayMs = options.random() * limitMs;
      limitMs = Math.min(options.mostMs, limitMs * 2);
      return atLeastMs + delayMs;
    },
    reset: () => {
      limitMs = options.firstMs;
    },
  };
}
