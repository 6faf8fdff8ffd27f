import { beforeEach, describe, expect, it } from "vitest";
import { createViewReport, type ViewReport } from "../../../web/view/view-report.ts";

describe("what is told of how large a tile is", () => {
  let told: string[];
  let report: ViewReport;
  beforeEach(() => {
    told = [];
    report = createViewReport((key, { width, height }) => told.push(`${key} ${width}×${height}`));
  });

  it("a size is told once, in whole pixels", () => {
    report.resized("a", { width: 320.4, height: 179.6 });
    report.resized("a", { width: 320.2, height: 180.1 });
    expect(told).toEqual(["a 320×180"]);
  });

  it("a tile outside the window is 0×0 until it is back", () => {
    report.resized("a", { width: 320, height: 180 });
    report.moved("a", false);
    report.resized("a", { width: 640, height: 360 });
    report.moved("a", true);
    expect(told).toEqual(["a 320×180", "a 0×0", "a 640×360"]);
  });

  it("a hidden page hides every tile, and brings them back as they are then", () => {
    report.resized("a", { width: 320, height: 180 });
    report.resized("b", { width: 320, height: 180 });
    report.pageShown(false);
    report.resized("b", { width: 100, height: 50 });
    report.pageShown(true);
    expect(told.slice(2)).toEqual(["a 0×0", "b 0×0", "a 320×180", "b 100×50"]);
  });

  it("a tile that is taken away is 0×0, and unknown after", () => {
    report.resized("a", { width: 320, height: 180 });
    report.removed("a");
    report.removed("a");
    report.pageShown(false);
    expect(told).toEqual(["a 320×180", "a 0×0"]);
  });
});
