import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { rootPath } from "../scripts/root.ts";
import { FUZZ_CLASSES } from "../test/fuzz/classes.ts";
import { type FuzzResult, runFuzz } from "../test/fuzz/runner.ts";

const DEFAULT_SEED = 20_261_125;
const MILLION = 1_000_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(DEFAULT_SEED) },
    cases: { type: "string", default: String(MILLION) },
  },
});
const seed = Number(values.seed);
const cases = Number(values.cases);
const names = FUZZ_CLASSES.map(({ name }) => name);
const unknown = positionals.filter((name) => !names.includes(name));
if (
  unknown.length > 0 ||
  !Number.isSafeInteger(seed) ||
  !Number.isSafeInteger(cases) ||
  cases < 1
) {
  console.error(
    `Usage: npm run fuzz -- [class…] [--seed number] [--cases number of all classes]\nClasses: ${names.join(", ")}.`,
  );
  process.exit(1);
}

const resultPath = rootPath("bench", "results", "fuzz.json");
const results = new Map(previousResults().map((result) => [result.name, result]));
let faults = 0;
for (const fuzzed of FUZZ_CLASSES) {
  if (positionals.length > 0 && !positionals.includes(fuzzed.name)) continue;
  const count = Math.ceil((fuzzed.casesInMillion / MILLION) * cases);
  const result = await runFuzz(fuzzed, { seed, cases: count });
  results.set(result.name, result);
  faults += result.faults.length;
  const { slowest, durationSec, accepted, heapGrowthKb } = result;
  console.log(
    `${result.name}: ${result.cases} cases, ${accepted} accepted, slowest ${slowest.ms} ms, ${durationSec} s, heap ${heapGrowthKb} KB, ${result.faults.length} faults`,
  );
  for (const { caseNumber, rule, input } of result.faults)
    console.error(`  case ${caseNumber} of seed ${seed}: ${rule}\n  ${input}`);
  // Each class by itself, so that a run in parts leaves one result.
  write();
}
process.exit(faults === 0 ? 0 : 1);

function previousResults(): readonly FuzzResult[] {
  try {
    return (JSON.parse(readFileSync(resultPath, "utf8")) as { classes: FuzzResult[] }).classes;
  } catch {
    return [];
  }
}

/** The last result of every class, in their order. */
function write(): void {
  const classes = names.flatMap((name) => results.get(name) ?? []);
  const sum = (of: (result: FuzzResult) => number): number =>
    classes.reduce((total, result) => total + of(result), 0);
  const whole = {
    name: "fuzz",
    about:
      "Every kind of input that comes from outside, made from a seed and given to its reader. A fault is an exception, more than 50 ms for one input, memory that stays, an accepted input that is another when written again, or one that a stricter reader refuses. Counts are weighted by what a case costs.",
    date: new Date().toISOString(),
    cores: availableParallelism(),
    versions: { node: process.versions.node },
    cases: sum((result) => result.cases),
    accepted: sum((result) => result.accepted),
    faults: sum((result) => result.faults.length),
    durationSec: Math.round(sum((result) => result.durationSec)),
    classes,
  };
  mkdirSync(rootPath("bench", "results"), { recursive: true });
  writeFileSync(resultPath, `${JSON.stringify(whole, undefined, 2)}\n`);
}
