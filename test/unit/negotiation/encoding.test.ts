import { describe, expect, it } from "vitest";
import { encodingFor } from "../../../web/core/negotiation/encoding.ts";

const HD = { width: 1280, height: 720 };

describe("what a peer is sent", () => {
  it("[PAIR-5] is nothing where our picture is hidden", () => {
    expect(encodingFor({ width: 0, height: 0 }, HD).active).toBe(false);
    expect(encodingFor({ width: 320, height: 0 }, HD).active).toBe(false);
  });

  it.each([
    { tile: { width: 1280, height: 720 }, scale: 1 },
    { tile: { width: 4000, height: 3000 }, scale: 1 },
    { tile: { width: 700, height: 400 }, scale: 1.5 },
    { tile: { width: 640, height: 360 }, scale: 2 },
    { tile: { width: 320, height: 180 }, scale: 4 },
    { tile: { width: 40, height: 30 }, scale: 8 },
    // Upright tiles show the middle of the picture, at its full height.
    { tile: { width: 200, height: 700 }, scale: 1 },
  ])(
    "covers a tile of $tile.width × $tile.height at 1/$scale of the camera's size",
    ({ tile, scale }) => {
      expect(encodingFor(tile, HD)).toMatchObject({ active: true, scaleResolutionDownBy: scale });
    },
  );

  it("costs less for a smaller tile, never less than a face needs nor more than a line has", () => {
    const rates = [1280, 640, 320, 160].map(
      (width) => encodingFor({ width, height: (width * 9) / 16 }, HD).maxBitrate,
    );
    expect(rates).toEqual(rates.toSorted((left, right) => right - left));
    expect(rates[0]).toBe(1_500_000);
    expect(rates.at(-1)).toBeGreaterThanOrEqual(80_000);
    expect(
      encodingFor({ width: 9000, height: 9000 }, { width: 3840, height: 2160 }).maxBitrate,
    ).toBe(2_500_000);
  });

  it("does not change with every pixel of a window being resized", () => {
    const scales = new Set(
      Array.from(
        { length: 60 },
        (_, index) =>
          encodingFor({ width: 650 + index, height: 366 + index * 0.56 }, HD).scaleResolutionDownBy,
      ),
    );
    expect(scales.size).toBe(1);
  });
});
