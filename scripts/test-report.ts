/** The part of vitest's JSON report that is counted. */
export type TestReport = {
  success: boolean;
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string }[];
  }[];
};

export type Count = { passed: number; failed: number; problems: string[] };

/**
 * Counts a suite's report so that nothing passes by not being run: a skipped test, a file that could
 * not be loaded, a folder without a test and a failure outside any test all count as failed.
 */
export function countTests(report: TestReport, folders: readonly string[]): Count {
  const count: Count = { passed: 0, failed: 0, problems: [] };
  const fail = (problem: string) => {
    count.failed += 1;
    count.problems.push(problem);
  };
  for (const file of report.testResults) {
    const failedBefore = count.failed;
    for (const { status } of file.assertionResults) {
      if (status === "passed") count.passed += 1;
      else if (status === "failed") count.failed += 1;
      else fail(`a test was not run (${status}): ${file.name}`);
    }
    if (file.status === "failed" && count.failed === failedBefore) {
      fail(`failed outside its tests: ${file.name}`);
    }
  }
  for (const folder of folders) {
    const hasTest = report.testResults.some(
      ({ name, assertionResults }) => name.includes(`/${folder}/`) && assertionResults.length > 0,
    );
    if (!hasTest) fail(`no test was found in ${folder}`);
  }
  if (!report.success && count.failed === 0) fail("an error was thrown outside any test");
  return count;
}
