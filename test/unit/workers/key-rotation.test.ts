import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KeyTimes, planRotation, ROTATION } from "../../../durable-objects/key-rotation.ts";

const MINUTE_MS = 60_000;

/** A ring with a manual clock: what `KeyRing` does with the plan, without keys. */
class ManualRing {
  keys: readonly KeyTimes[] = [];
  nowMs = 1_000_000;

  ask(): { signing: string; published: readonly string[] } {
    const plan = planRotation(this.keys, this.nowMs);
    const made = plan.make === undefined ? [] : [{ kid: `from ${this.nowMs}`, ...plan.make }];
    this.keys = [...plan.kept, ...made];
    const signing = plan.signing?.kid ?? made[0]?.kid;
    if (signing === undefined) throw new Error("no key signs");
    return { signing, published: this.keys.map(({ kid }) => kid) };
  }
}

describe("rotation of signing keys", () => {
  it("the first key signs at once", () => {
    const ring = new ManualRing();
    const { signing, published } = ring.ask();
    expect(published).toEqual([signing]);
  });

  it("the next key is public a cache lifetime before the old one's time is over, and signs after", () => {
    const ring = new ManualRing();
    const first = ring.ask().signing;
    const endMs = ring.nowMs + ROTATION.signingMs;
    ring.nowMs = endMs - ROTATION.publishedBeforeMs - 1;
    expect(ring.ask().published).toEqual([first]);
    ring.nowMs += 1;
    const announced = ring.ask();
    expect(announced.signing).toBe(first);
    expect(announced.published).toHaveLength(2);
    ring.nowMs = endMs - 1;
    expect(ring.ask()).toEqual(announced);
    ring.nowMs = endMs;
    expect(ring.ask().signing).toBe(announced.published[1]);
  });

  it("the old key stays public until no token of its can be alive, and no longer", () => {
    const ring = new ManualRing();
    const first = ring.ask().signing;
    const endMs = ring.nowMs + ROTATION.signingMs;
    ring.nowMs = endMs - MINUTE_MS;
    ring.ask();
    const changeMs = ring.nowMs + ROTATION.publishedBeforeMs;
    ring.nowMs = changeMs + ROTATION.handedOutForSec * 1000 + ROTATION.verifiesAfterMs - 1;
    expect(ring.ask().published).toContain(first);
    ring.nowMs += 1;
    expect(ring.ask().published).not.toContain(first);
  });

  it("a ring nobody asked for a year signs on with its old key until the next has been public long enough", () => {
    const ring = new ManualRing();
    const first = ring.ask().signing;
    ring.nowMs += 365 * 24 * 60 * MINUTE_MS;
    const woken = ring.ask();
    expect(woken.signing).toBe(first);
    expect(woken.published).toHaveLength(2);
    ring.nowMs += ROTATION.publishedBeforeMs;
    expect(ring.ask().signing).not.toBe(first);
  });

  const seed = 20_261_122;
  it(`however it is asked, caches know every key that signs and tokens outlive no key (seed ${seed})`, () => {
    const minutes = (most: number) => fc.integer({ min: 0, max: most * MINUTE_MS });
    const step = fc.oneof(
      { weight: 40, arbitrary: minutes(5).map((afterMs) => ({ afterMs })) },
      { weight: 1, arbitrary: minutes(30 * 60).map((afterMs) => ({ afterMs })) },
      // Where it matters: shortly before the newest key's time is over.
      { weight: 2, arbitrary: minutes(40).map((beforeEndMs) => ({ beforeEndMs })) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
        const ring = new ManualRing();
        const asked: { atMs: number; signing: string; published: readonly string[] }[] = [];
        for (const next of steps) {
          const endMs = Math.max(...ring.keys.map(({ signsUntilMs }) => signsUntilMs), 0);
          ring.nowMs =
            "afterMs" in next
              ? ring.nowMs + next.afterMs
              : Math.max(ring.nowMs, endMs - next.beforeEndMs);
          asked.push({ atMs: ring.nowMs, ...ring.ask() });
        }
        // An isolate's cache, and one more of the same age behind the JWKS route.
        const cacheMs = 2 * ROTATION.publicKeysForSec * 1000;
        // Handed out, used at the last moment, and then the ten minutes of the token itself.
        const aliveMs = ROTATION.handedOutForSec * 1000 + 10 * MINUTE_MS;
        for (const { atMs, signing } of asked) {
          const mustKnow = asked.filter((other) => {
            const isCached = other.atMs <= atMs && other.atMs > atMs - cacheMs;
            const mustVerify = other.atMs >= atMs && other.atMs < atMs + aliveMs;
            return isCached || mustVerify;
          });
          for (const { published } of mustKnow) expect(published).toContain(signing);
        }
        expect(ring.keys.length).toBeLessThanOrEqual(3);
      }),
      { seed, numRuns: 60 },
    );
  });
});
