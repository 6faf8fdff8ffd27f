import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "../build.ts";
import { end, run } from "../lifetime.ts";
import { meetNeeds } from "../machine.ts";
import { rootPath } from "../root.ts";
import { shares } from "../shares.ts";
import { declaredSuites, type Suite } from "../suites.ts";
import { type Count, countTests, type TestReport } from "../test-report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { portable: { type: "boolean", default: false } },
});

const declared = declaredSuites();
const unknown = positionals.filter((name) => !declared.some((suite) => suite.name === name));
const chosen = declared
  .filter((suite) => !values.portable || suite.portable)
  .filter((suite) => positionals.length === 0 || positionals.includes(suite.name));

const total: Count = { passed: 0, failed: 0, problems: [] };
const times: { name: string; ms: number }[] = [];

function add(name: string, count: Count): void {
  total.passed += count.passed;
  total.failed += count.failed;
  total.problems.push(...count.problems.map((problem) => `${name}: ${problem}`));
}

const failure = (problem: string): Count => ({ passed: 0, failed: 1, problems: [problem] });

async function runSuite(suite: Suite): Promise<Count> {
  const unmet = await meetNeeds(suite.needs);
  if (unmet !== undefined) return failure(`could not be run. ${unmet}`);
  const reportPath = rootPath("test-results", `${suite.name}.json`);
  rmSync(reportPath, { force: true });
  const { code } = await run("vitest", [
    "run",
    `--config=${suite.config}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportPath}`,
    ...suite.folders.map((folder) => `${folder}/`),
  ]);
  let report: TestReport;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch {
    return failure(`vitest ended with ${code} and left no report`);
  }
  const count = countTests(report, suite.folders);
  return code === 0 || count.failed > 0
    ? count
    : { ...count, failed: 1, problems: [`vitest ended with ${code} though no test failed`] };
}

mkdirSync(rootPath("test-results"), { recursive: true });
for (const name of unknown) {
  add(name, failure(`there is no such suite; there are ${declared.map((s) => s.name).join(", ")}`));
}
const startedAt = performance.now();
// The suites serve what `npm start` serves, and the Worker's configuration names the built app.
const built = await build();
times.push({ name: "build", ms: performance.now() - startedAt });
if (!built.ok) {
  console.error(built.output);
  add("build", failure("the app could not be built; the lines above say where"));
}
for (const suite of chosen) {
  console.log(`\n── ${suite.name} ──`);
  const suiteStartedAt = performance.now();
  add(suite.name, await runSuite(suite));
  times.push({ name: suite.name, ms: performance.now() - suiteStartedAt });
}

console.log(`\n${shares(times)}`);
for (const problem of total.problems) console.error(problem);
console.log(`${total.passed} passed, ${total.failed} failed`);
await end(total.failed === 0 && total.passed > 0 ? 0 : 1);
