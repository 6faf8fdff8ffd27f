import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { build } from "../build.ts";
import { end, run } from "../lifetime.ts";
import { rootPath } from "../root.ts";
import { shares } from "../shares.ts";

type Outcome = { code: number; output: string };
type Check = { name: string; check: () => Promise<Outcome> };

const tool = (command: string, ...args: string[]) =>
  run(command, args, { capture: true, env: { ...process.env, NO_COLOR: "1" } });

/** Every area is compiled by its own configuration, so that none sees another's globals. */
async function types(): Promise<Outcome> {
  const projects = globSync(["tsconfig.json", "*/**/tsconfig.json", "*/tsconfig.node.json"], {
    cwd: rootPath(),
    exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path),
  }).toSorted();
  const failed: Outcome = { code: projects.length === 0 ? 1 : 0, output: "" };
  for (const project of projects) {
    const { code, output } = await tool("tsc", "-p", project);
    // An area whose first file is still to come has nothing to check.
    if (code === 0 || output.includes("TS18003")) continue;
    failed.code = code;
    failed.output += `${project}\n${output}`;
  }
  return failed;
}

async function size(): Promise<Outcome> {
  const built = await build();
  if (!built.ok) return { code: 1, output: built.output };
  const outcomes = [
    await tool("size-limit"),
    // The package that is published on its own must build, and keep to the size its badge says.
    await tool("tsc", "-p", "webcrypto-sframe/tsconfig.build.json"),
    await tool(process.execPath, rootPath("webcrypto-sframe/scripts/write-size.ts"), "--check"),
  ];
  return outcomes.find(({ code }) => code !== 0) ?? { code: 0, output: "" };
}

// The longest first, so that none of them is left to run alone at the end.
const checks: readonly Check[] = [
  { name: "size", check: size },
  { name: "types", check: types },
  { name: "lint", check: () => tool("oxlint") },
  { name: "dead code", check: () => tool("knip", "--no-progress") },
  { name: "layers", check: () => tool(process.execPath, rootPath("scripts/commands/layers.ts")) },
  { name: "format", check: () => tool("oxfmt", "--check") },
];

const queue = [...checks];
const times: { name: string; ms: number }[] = [];
const failures: string[] = [];

async function worker(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const startedAt = performance.now();
    const { code, output } = await next.check();
    times.push({ name: next.name, ms: performance.now() - startedAt });
    if (code === 0) {
      console.log(`ok      ${next.name}`);
    } else {
      failures.push(next.name);
      console.error(`FAILED  ${next.name}\n${output.trimEnd()}\n`);
    }
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);

console.log(`\n${shares(times)}`);
console.log(
  failures.length === 0
    ? `The gate is open: ${checks.length} checks in ${seconds} s.`
    : `The gate is shut: ${failures.join(", ")} failed, after ${seconds} s.`,
);
await end(failures.length === 0 ? 0 : 1);
