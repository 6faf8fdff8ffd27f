import { describe, expect, it } from "vitest";
import { FUZZ_CLASSES } from "./classes.ts";
import { runFuzz } from "./runner.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_125);
/** Of the million of `npm run fuzz`, so that all classes together are 20,000. */
const SHARE = 1 / 50;

describe(`whatever comes from outside (seed ${SEED})`, () => {
  it.each(FUZZ_CLASSES)(
    "[$rules] $name: no reader throws, hangs, keeps what it read, or takes what a stricter one refuses",
    async (fuzzed) => {
      const cases = Math.ceil(fuzzed.casesInMillion * SHARE);
      const { faults, accepted, refused } = await runFuzz(fuzzed, { seed: SEED, cases });
      expect(faults).toEqual([]);
      // A class none of whose inputs is read, or all of whose are, says nothing.
      expect(accepted).toBeGreaterThan(0);
      expect(Object.keys(refused).length).toBeGreaterThan(0);
    },
    60_000,
  );

  it("the classes are a million cases in the long run", () => {
    expect(FUZZ_CLASSES.reduce((sum, { casesInMillion }) => sum + casesInMillion, 0)).toBe(
      1_000_000,
    );
  });
});
