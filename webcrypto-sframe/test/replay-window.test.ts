import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReplayWindow, type ReplayVerdict } from "../src/replay-window.ts";

const SEED = 1024;

/** The rule said plainly: every accepted counter is remembered for ever. */
function naiveWindow(size: number): (ctr: bigint) => ReplayVerdict {
  const accepted = new Set<bigint>();
  let highest = -1n;
  return (ctr) => {
    if (ctr <= highest - BigInt(size)) return "too-old";
    if (accepted.has(ctr)) return "replayed";
    accepted.add(ctr);
    if (ctr > highest) highest = ctr;
    return "fresh";
  };
}

function canonical(value: bigint) {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

describe("replay window", () => {
  it.each([0n, 2n ** 32n - 40n, 2n ** 53n - 40n, 2n ** 63n])(
    `answers as a window that remembers everything would, from %s on (seed ${SEED})`,
    (start) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 40 }),
          // Steps from the highest so far, most of them about as long as the window is.
          fc.array(
            fc.oneof(
              { weight: 40, arbitrary: fc.integer({ min: -45, max: 6 }) },
              { weight: 5, arbitrary: fc.integer({ min: 0, max: 45 }) },
              { weight: 1, arbitrary: fc.nat(2000) },
            ),
            { maxLength: 300 },
          ),
          (size, steps) => {
            const window = createReplayWindow(size);
            const naive = naiveWindow(size);
            let highest = start;
            for (const step of steps) {
              const ctr = highest + BigInt(step) < 0n ? 0n : highest + BigInt(step);
              if (ctr > highest) highest = ctr;
              const checked = window.check(canonical(ctr));
              expect(window.commit(canonical(ctr))).toBe(checked);
              expect(checked).toBe(naive(ctr));
            }
          },
        ),
        { seed: SEED, numRuns: 300 },
      );
    },
  );

  it("a check alone remembers nothing", () => {
    const window = createReplayWindow(8);
    expect(window.check(1000)).toBe("fresh");
    expect(window.commit(1)).toBe("fresh");
    expect(window.check(1000)).toBe("fresh");
  });

  it("of 1,024 entries the last stands and the one before it is too old", () => {
    const window = createReplayWindow(1024);
    window.commit(5000);
    expect(window.commit(5000 - 1023)).toBe("fresh");
    expect(window.commit(5000 - 1024)).toBe("too-old");
  });

  it("a leap over the whole window forgets all of it", () => {
    const window = createReplayWindow(4);
    for (const ctr of [0, 1, 2, 3]) window.commit(ctr);
    window.commit(103);
    for (const ctr of [100, 101, 102]) expect(window.commit(ctr)).toBe("fresh");
    expect(window.commit(103)).toBe("replayed");
  });
});
