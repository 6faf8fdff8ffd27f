import type { Clock } from "../../core/clock.ts";
import { EPOCH_TIMES } from "./epoch-times.ts";

/** Frames that came before the commit that leads to their epoch. */
export type EpochWait = {
  /** True once `arrived` was called; false when the wait is over. All waits of one `key` end at one time, so that nothing backs up behind an epoch that never comes. */
  readonly wait: (key: string) => Promise<boolean>;
  /** A new epoch is here: everybody looks again. */
  readonly arrived: () => void;
};

export function createEpochWait(clock: Clock): EpochWait {
  const deadlinesMs = new Map<string, number>();
  let waiting = new Set<() => void>();
  return {
    wait: (key) => {
      const now = clock.nowMs();
      const deadlineMs = deadlinesMs.get(key) ?? now + EPOCH_TIMES.unknownEpochWaitMs;
      deadlinesMs.set(key, deadlineMs);
      if (now >= deadlineMs) return Promise.resolve(false);
      return new Promise((resolve) => {
        const cancel = clock.after(deadlineMs - now, () => {
          waiting.delete(wake);
          resolve(false);
        });
        const wake = (): void => {
          cancel();
          resolve(true);
        };
        waiting.add(wake);
      });
    },
    arrived: () => {
      const woken = waiting;
      waiting = new Set();
      deadlinesMs.clear();
      for (const wake of woken) wake();
    },
  };
}
