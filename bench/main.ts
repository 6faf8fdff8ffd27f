import { setTimeout as delay } from "node:timers/promises";
import { end } from "../scripts/lifetime.ts";
import { bytes } from "./bytes.ts";
import type { Figure, Part } from "./figure.ts";
import { join, joinFar } from "./join.ts";
import { newcomer } from "./newcomer.ts";
import { people } from "./people.ts";
import { loadNow, writeResult } from "./result-file.ts";
import { roomFanout, roomMemory } from "./room-fanout.ts";
import { sframe } from "./sframe.ts";
import { soak } from "./soak-sixteen.ts";
import { toTable } from "./table.ts";

class LateError extends Error {}

const parts: readonly Part[] = [
  join,
  joinFar,
  newcomer,
  bytes,
  sframe,
  roomFanout,
  roomMemory,
  ...people,
  soak,
];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no figure "${unknown.join('", "')}". There are: ${parts.map(({ name }) => name).join(", ")}.`,
  );
  await end(1);
}

const chosen = parts.filter(({ name, onlyByName }) =>
  named.length === 0 ? onlyByName !== true : named.includes(name),
);
let failures = 0;
for (const part of chosen) {
  console.log(`\n${part.name}: ${part.about}\n`);
  const loadBefore = loadNow();
  try {
    const figures = await within(part);
    console.log(toTable(figures));
    console.log(`\n${loadBefore} tasks were running on this machine just before.`);
    writeResult(part, loadBefore, figures);
  } catch (fault) {
    failures += 1;
    console.error(`${part.name} could not be measured:`, fault);
    // What it started is in the way of the next.
    if (fault instanceof LateError) break;
  }
}
await end(failures === 0 ? 0 : 1);

/** A part that hangs must not hang the rest. */
async function within(part: Part): Promise<readonly Figure[]> {
  const late = new AbortController();
  const limit = delay(part.limitSec * 1000, undefined, { signal: late.signal }).then(() => {
    throw new LateError(`It took more than ${part.limitSec} s.`);
  });
  try {
    return await Promise.race([part.measure(), limit]);
  } finally {
    late.abort();
    limit.catch(() => {});
  }
}
