import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { toBase64Url } from "../../protocol/bytes.ts";
import { ACCEPTED, type FuzzClass, type FuzzTarget, type Verdict } from "./fuzz-class.ts";
import { randomOf } from "./random.ts";

/** More than a reader may take for one input: past it, the input counts as one that hangs. */
const MOST_MS = 50;
const WORTH_REPEATING_MS = 5;
/** Past this, something of each input is kept. */
const MOST_GROWTH_BYTES = 24 * 1024 * 1024;
const MOST_FAULTS = 20;
const MOST_SHOWN_CHARS = 3_000;

/** A case that broke a rule, with all it takes to make it again. */
export type Fault = { readonly caseNumber: number; readonly rule: string; readonly input: string };

export type FuzzResult = {
  readonly name: string;
  readonly about: string;
  readonly seed: number;
  readonly cases: number;
  readonly accepted: number;
  /** How often each code was the answer. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowest: { readonly caseNumber: number; readonly ms: number };
  readonly durationSec: number;
  readonly heapGrowthKb: number;
  readonly faults: readonly Fault[];
};

/** Runs `cases` of one class from its first on. It throws nothing: what went wrong is in `faults`. */
export async function runFuzz(
  { name, about, prepare }: FuzzClass,
  { seed, cases }: { readonly seed: number; readonly cases: number },
): Promise<FuzzResult> {
  const target = await prepare();
  const verdicts = new Map<Verdict, number>();
  const faults: Fault[] = [];
  let slowest = { caseNumber: 0, ms: 0 };
  let heapBefore = 0;
  // What the engine compiles and caches comes with the first cases, and is no growth.
  const warmCases = Math.ceil(cases / 4);
  const startedAt = performance.now();
  for (let caseNumber = 0; caseNumber < cases && faults.length < MOST_FAULTS; caseNumber += 1) {
    if (caseNumber === warmCases) heapBefore = heapBytes();
    const input = target.make(randomOf(seed, name, caseNumber));
    try {
      const { verdict, ms } = await timed(target, input, Math.max(slowest.ms, WORTH_REPEATING_MS));
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      if (ms > slowest.ms) slowest = { caseNumber, ms };
      if (ms > MOST_MS) throw new Error(`takes ${ms.toFixed(0)} ms, each of four times`);
    } catch (fault) {
      const rule = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
      faults.push({ caseNumber, rule, input: shown(input) });
    }
  }
  const growthBytes = heapBytes() - heapBefore;
  if (growthBytes > MOST_GROWTH_BYTES)
    faults.push({ caseNumber: cases, rule: `keeps ${growthBytes} bytes`, input: "all of them" });
  const { [ACCEPTED]: accepted = 0, ...refused } = Object.fromEntries(
    [...verdicts].toSorted(([left], [right]) => left.localeCompare(right)),
  );
  return {
    name,
    about,
    seed,
    cases,
    accepted,
    refused,
    slowest: { ...slowest, ms: short(slowest.ms) },
    durationSec: short((performance.now() - startedAt) / 1000),
    heapGrowthKb: Math.round(growthBytes / 1024),
    faults,
  };
}

const short = (value: number): number => Number(value.toPrecision(4));

/** A slow case is read three times more: only what is slow each time is slow by itself, not by its surroundings. */
async function timed(
  target: FuzzTarget<unknown>,
  input: unknown,
  slowMs: number,
): Promise<{ readonly verdict: Verdict; readonly ms: number }> {
  const first = await once(target, input);
  let { ms } = first;
  for (let again = 0; again < 3 && ms > slowMs; again += 1)
    ms = Math.min(ms, (await once(target, input)).ms);
  return { ...first, ms };
}

async function once(target: FuzzTarget<unknown>, input: unknown) {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const answer = target.check(input);
  const verdict = typeof answer === "string" ? answer : await answer;
  const wallMs = performance.now() - startedAt;
  if (wallMs <= WORTH_REPEATING_MS) return { verdict, ms: wallMs };
  // On a busy machine much of the time is spent waiting for a processor.
  const { user, system } = process.cpuUsage(cpuBefore);
  return { verdict, ms: Math.min(wallMs, (user + system) / 1000) };
}

let collect: (() => void) | undefined;
function heapBytes(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

function shown(input: unknown): string {
  const text = JSON.stringify(input, (_, value: unknown) =>
    value instanceof Uint8Array ? `base64url ${toBase64Url(value)}` : value,
  );
  return text.length > MOST_SHOWN_CHARS ? `${text.slice(0, MOST_SHOWN_CHARS)}…` : text;
}
