import { describe, expect, it } from "vitest";
import { countTests, type TestReport } from "../../../scripts/test-report.ts";

const file = (name: string, ...statuses: string[]): TestReport["testResults"][number] => ({
  name: `/somewhere/${name}`,
  status: statuses.includes("failed") ? "failed" : "passed",
  assertionResults: statuses.map((status) => ({ status })),
});

describe("the count of a suite", () => {
  it("is what passed and what failed", () => {
    const report = {
      success: false,
      testResults: [file("test/unit/a.test.ts", "passed", "failed", "passed")],
    };
    expect(countTests(report, ["test/unit"])).toEqual({ passed: 2, failed: 1, problems: [] });
  });

  it.each(["pending", "skipped", "todo"])("counts a test that is %s as failed", (status) => {
    const report = { success: true, testResults: [file("test/unit/a.test.ts", "passed", status)] };
    expect(countTests(report, ["test/unit"])).toMatchObject({ passed: 1, failed: 1 });
  });

  it("counts a file that could not be loaded as failed", () => {
    const broken = { ...file("test/unit/b.test.ts"), status: "failed" };
    const report = { success: false, testResults: [file("test/unit/a.test.ts", "passed"), broken] };
    expect(countTests(report, ["test/unit"])).toMatchObject({ passed: 1, failed: 1 });
  });

  it("counts a declared folder without a test as failed", () => {
    const report = { success: true, testResults: [file("test/unit/a.test.ts", "passed")] };
    expect(countTests(report, ["test/unit", "test/vectors"])).toEqual({
      passed: 1,
      failed: 1,
      problems: ["no test was found in test/vectors"],
    });
  });

  it("counts an error outside any test as failed", () => {
    const report = { success: false, testResults: [file("test/unit/a.test.ts", "passed")] };
    expect(countTests(report, ["test/unit"])).toMatchObject({ passed: 1, failed: 1 });
  });
});
