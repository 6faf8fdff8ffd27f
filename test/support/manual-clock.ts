import type { Clock } from "../../web/core/clock.ts";

export type ManualClock = Clock & {
  /** Moves time on and runs what falls due, in order of due time. */
  readonly advance: (byMs: number) => void;
  /** Timers not run and not cancelled. */
  readonly pending: () => number;
  /** When the next of them is due, milliseconds since 1970. */
  readonly nextDueMs: () => number | undefined;
};

/** Time that a test turns by hand. */
export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let nowMs = startMs;
  let timers: readonly { readonly dueMs: number; readonly run: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { dueMs: nowMs + delayMs, run };
      timers = [...timers, timer];
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (byMs) => {
      const untilMs = nowMs + byMs;
      for (;;) {
        const next = timers
          .filter(({ dueMs }) => dueMs <= untilMs)
          .toSorted((left, right) => left.dueMs - right.dueMs)[0];
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        nowMs = next.dueMs;
        next.run();
      }
      nowMs = untilMs;
    },
    pending: () => timers.length,
    nextDueMs: () =>
      timers.length === 0 ? undefined : Math.min(...timers.map(({ dueMs }) => dueMs)),
  };
}
