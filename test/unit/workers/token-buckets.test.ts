import { describe, expect, it } from "vitest";
import { TokenBuckets } from "../../../workers/rate/token-buckets.ts";

describe("token buckets", () => {
  const taking = (buckets: TokenBuckets, key: string, nowMs: number): boolean => {
    if (buckets.waitMs(key, nowMs) > 0) return false;
    buckets.take(key, nowMs);
    return true;
  };

  it("a full bucket gives all it holds at once, then one for each share of its time", () => {
    const buckets = new TokenBuckets({ most: 3, perMs: 3_000 });
    expect([0, 0, 0, 0].map((nowMs) => taking(buckets, "a", nowMs))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(taking(buckets, "a", 999)).toBe(false);
    expect(taking(buckets, "a", 1_000)).toBe(true);
    expect(taking(buckets, "a", 1_001)).toBe(false);
  });

  it("who waits as long as told gets in", () => {
    const buckets = new TokenBuckets({ most: 7, perMs: 60_000 });
    let nowMs = 0;
    for (let taken = 0; taken < 50; taken += 1) {
      nowMs += buckets.waitMs("a", nowMs);
      expect(taking(buckets, "a", nowMs)).toBe(true);
    }
  });

  it("one key's use costs no other", () => {
    const buckets = new TokenBuckets({ most: 1, perMs: 1_000 });
    expect(taking(buckets, "a", 0)).toBe(true);
    expect(taking(buckets, "b", 0)).toBe(true);
  });

  it("a clock that steps back takes nothing away", () => {
    const buckets = new TokenBuckets({ most: 2, perMs: 1_000 });
    expect(taking(buckets, "a", 10_000)).toBe(true);
    expect(taking(buckets, "a", 5_000)).toBe(true);
    expect(taking(buckets, "a", 5_000)).toBe(false);
  });

  it("no more keys are kept than may be, and the longest unused goes first", () => {
    const buckets = new TokenBuckets({ most: 1, perMs: 1_000 }, 2);
    for (const key of ["a", "b", "a", "c"]) buckets.take(key, 0);
    expect(["a", "b", "c"].map((key) => buckets.waitMs(key, 0) > 0)).toEqual([true, false, true]);
  });
});
