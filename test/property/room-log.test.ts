import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SimulatedCall } from "../support/simulated-call.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_122);
const PEOPLE = 5;

const person = fc.nat({ max: PEOPLE - 1 });
const stepArbitrary = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("want" as const), person }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("commit" as const), person }) },
  {
    weight: 14,
    arbitrary: fc.record({
      type: fc.constant("deliver" as const),
      person,
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("drop" as const), person }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("return" as const), person }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), person }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("evict" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("wait" as const),
      ms: fc.integer({ min: 1, max: 4_000 }),
    }),
  },
);
const lieArbitrary = fc.oneof(
  fc.record({ type: fc.constant("lie-commit" as const), ahead: fc.integer({ min: -1, max: 1 }) }),
  fc.record({ type: fc.constant("lie-refuse" as const), back: fc.nat({ max: 2 }) }),
  fc.record({ type: fc.constant("lie-apply" as const), back: fc.nat({ max: 2 }) }),
);
const honestRun = fc.array(stepArbitrary, { minLength: 10, maxLength: 70 });
const hostileRun = fc.array(
  fc.oneof({ weight: 4, arbitrary: stepArbitrary }, { weight: 1, arbitrary: lieArbitrary }),
  { minLength: 10, maxLength: 90 },
);

describe(`the log under any interleaving (seed ${SEED})`, () => {
  it("[LOG-2, LOG-3, LOG-9, ROOM-7] whatever is joined, committed, dropped, resumed and evicted, all who stay end in one epoch", () => {
    fc.assert(
      fc.property(honestRun, (run) => {
        const call = new SimulatedCall(PEOPLE);
        for (const step of run) call.take(step);
        call.settle();
        expect(call.standings()).toEqual(call.expectedStandings());
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("[LOG-3, LOG-5, LOG-10] rubbish commits, false refusals and false approvals of one member keep nobody else apart", () => {
    fc.assert(
      fc.property(hostileRun, (run) => {
        const call = new SimulatedCall(PEOPLE, { liar: PEOPLE });
        for (const step of run) call.take(step);
        call.settle();
        expect(call.standings()).toEqual(call.expectedStandings());
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});
