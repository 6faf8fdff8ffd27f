import { createManualClock, type ManualClock } from "./manual-clock.ts";

/** Time turned by hand, which waits at every timer until all that it set going has come to rest. */
export type SettlingTime = {
  readonly clock: ManualClock;
  /** Counts real work (WebCrypto does not follow a manual clock) until it is done. */
  readonly track: <Value>(work: Promise<Value>) => Promise<Value>;
  /** Counts every call of an object whose methods answer promises. */
  readonly trackAll: <Target extends object>(target: Target) => Target;
  readonly settle: () => Promise<void>;
  readonly pass: (forMs: number) => Promise<void>;
  /** Lets time pass until a condition holds; throws once `mostMs` are over. */
  readonly until: (holds: () => boolean | Promise<boolean>, mostMs: number) => Promise<void>;
};

type Method = (...given: readonly unknown[]) => unknown;

export function createSettlingTime(): SettlingTime {
  const manual = createManualClock();
  // Like `Date.now()`, it knows whole milliseconds only.
  const clock: ManualClock = {
    ...manual,
    after: (delayMs, run) => manual.after(Math.ceil(delayMs), run),
  };
  let running = 0;

  const track = async <Value>(work: Promise<Value>): Promise<Value> => {
    running += 1;
    try {
      return await work;
    } finally {
      running -= 1;
    }
  };
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const settle = async (): Promise<void> => {
    // All promises are followed to their end within one turn, unless work outside of it is awaited.
    for (let calm = 0; calm < 2; calm = running === 0 ? calm + 1 : 0) await nextTurn();
  };
  /** Moves on to the next timer; false where none is due until `untilMs`. */
  const next = async (untilMs: number): Promise<boolean> => {
    const dueMs = clock.nextDueMs();
    if (dueMs === undefined || dueMs > untilMs) return false;
    clock.advance(Math.max(0, dueMs - clock.nowMs()));
    await settle();
    return true;
  };

  return {
    clock,
    track,
    trackAll: (target) => {
      const tracked = Object.entries(target).map(([name, method]) => [
        name,
        (...given: readonly unknown[]): unknown => {
          const answer = (method as Method)(...given);
          return answer instanceof Promise ? track(answer) : answer;
        },
      ]);
      return Object.fromEntries(tracked) as typeof target;
    },
    settle,
    pass: async (forMs) => {
      const untilMs = clock.nowMs() + Math.ceil(forMs);
      await settle();
      while (await next(untilMs));
      clock.advance(untilMs - clock.nowMs());
      await settle();
    },
    until: async (holds, mostMs) => {
      const untilMs = clock.nowMs() + mostMs;
      await settle();
      while (!(await holds())) {
        if (!(await next(untilMs))) throw new Error(`expected within ${mostMs} ms`);
      }
    },
  };
}
