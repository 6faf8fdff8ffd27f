import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  duoPlaces,
  gapOf,
  gridPlaces,
  type Place,
  videoFit,
} from "../../../web/view/stage-layout.ts";

const seed = 20_261_122;

const stages = fc.record({
  width: fc.integer({ min: 200, max: 3_000 }),
  height: fc.integer({ min: 200, max: 2_000 }),
});
const counts = fc.integer({ min: 1, max: 16 });

const overlap = (one: Place, other: Place): boolean =>
  one.start < other.start + other.width - 0.01 &&
  other.start < one.start + one.width - 0.01 &&
  one.top < other.top + other.height - 0.01 &&
  other.top < one.top + one.height - 0.01;

const inside = (place: Place, stage: { width: number; height: number }): boolean =>
  place.start >= -0.01 &&
  place.top >= -0.01 &&
  place.start + place.width <= stage.width + 0.01 &&
  place.top + place.height <= stage.height + 0.01;

const first = (places: readonly Place[]): Place => {
  const [place] = places;
  if (place === undefined) throw new TypeError("places: expected at least one");
  return place;
};

/** The largest tile found by trying many sizes of a shape, knowing nothing of how the layout finds its own. */
function largestBySearch(count: number, stage: { width: number; height: number }): number {
  const gap = gapOf(stage);
  const narrowest = stage.width < stage.height ? 3 / 4 : 4 / 3;
  let largest = 0;
  for (let step = 0; step <= 40; step += 1) {
    const ratio = narrowest + ((16 / 9 - narrowest) * step) / 40;
    for (let width = 4; width <= stage.width; width += 4) {
      const columns = Math.floor((stage.width + gap) / (width + gap));
      const rows = Math.floor((stage.height + gap) / (width / ratio + gap));
      if (columns * rows >= count) largest = Math.max(largest, (width * width) / ratio);
    }
  }
  return largest;
}

describe("places of a grid", () => {
  it(`every tile is on the stage and none covers another (seed ${seed})`, () => {
    fc.assert(
      fc.property(counts, stages, (count, stage) => {
        const places = gridPlaces(count, stage);
        expect(places).toHaveLength(count);
        for (const [index, place] of places.entries()) {
          expect(inside(place, stage)).toBe(true);
          for (const other of places.slice(index + 1)) expect(overlap(place, other)).toBe(false);
        }
      }),
      { seed },
    );
  });

  it(`all tiles are alike, from 4:3 to 16:9, on an upright stage from 3:4 (seed ${seed})`, () => {
    fc.assert(
      fc.property(counts, stages, (count, stage) => {
        const places = gridPlaces(count, stage);
        const { width, height } = first(places);
        for (const place of places) expect([place.width, place.height]).toEqual([width, height]);
        const ratio = width / height;
        expect(ratio).toBeLessThanOrEqual(16 / 9 + 1e-9);
        expect(ratio).toBeGreaterThanOrEqual((stage.width < stage.height ? 3 / 4 : 4 / 3) - 1e-9);
      }),
      { seed },
    );
  });

  it(`no grid of allowed tiles has larger ones (seed ${seed})`, () => {
    fc.assert(
      fc.property(counts, stages, (count, stage) => {
        const { width, height } = first(gridPlaces(count, stage));
        expect(width * height + 2).toBeGreaterThanOrEqual(largestBySearch(count, stage));
      }),
      { seed, numRuns: 60 },
    );
  });

  it("a last row that is not full stands in the middle", () => {
    const stage = { width: 1_280, height: 640 };
    const [, , last] = gridPlaces(3, stage);
    expect((last?.start ?? 0) + (last?.width ?? 0) / 2).toBeCloseTo(640);
  });

  it("an ultra-wide window sets three people side by side, a phone one below the other", () => {
    const tops = (stage: { width: number; height: number }) =>
      new Set(gridPlaces(3, stage).map(({ top }) => top)).size;
    expect(tops({ width: 2_536, height: 980 })).toBe(1);
    expect(tops({ width: 344, height: 660 })).toBe(3);
  });

  it("a stage that is not measured yet has no places", () => {
    expect(gridPlaces(4, { width: 0, height: 0 })).toEqual([]);
  });
});

describe("places of two", () => {
  it(`one's own picture is in the lower corner, within the other's or beside it (seed ${seed})`, () => {
    fc.assert(
      fc.property(stages, (stage) => {
        const places = duoPlaces(stage);
        if (places === undefined) throw new TypeError("places: expected two");
        const [self, other] = places;
        expect(inside(self, stage)).toBe(true);
        expect(inside(other, stage)).toBe(true);
        expect(self.width * self.height).toBeLessThan(0.5 * other.width * other.height);
        const isWithin =
          self.start >= other.start && self.start + self.width <= other.start + other.width + 0.01;
        expect(isWithin || !overlap(self, other)).toBe(true);
      }),
      { seed },
    );
  });
});

describe("how a picture sits in its tile", () => {
  it("fills it where little is cut off", () => {
    expect(videoFit({ width: 400, height: 300 }, { width: 1_280, height: 720 })).toBe("cover");
  });

  it("is shown whole where most of it would be cut off", () => {
    expect(videoFit({ width: 1_280, height: 720 }, { width: 360, height: 640 })).toBe("contain");
  });

  it("fills it until its size is known", () => {
    expect(videoFit({ width: 400, height: 300 }, { width: 0, height: 0 })).toBe("cover");
  });
});
