import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";

const children = new Set<ChildProcess>();
const closers: (() => Promise<void>)[] = [];
let ending = false;

/** Each child leads a group of its own, so that what it started goes with it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Ends everything this command started, then this process with `code`. */
export async function end(code: number): Promise<never> {
  if (!ending) {
    ending = true;
    for (const child of children) signalGroup(child, "SIGTERM");
    const patience = setTimeout(() => finish(code), 5000);
    await Promise.allSettled([
      ...closers.map((close) => close()),
      ...[...children].map((child) => new Promise((resolve) => child.once("exit", resolve))),
    ]);
    clearTimeout(patience);
    finish(code);
  }
  return new Promise<never>(() => {});
}

function finish(code: number): never {
  for (const child of children) signalGroup(child, "SIGKILL");
  process.exit(code);
}

/** Has `close` called when the command ends, by whatever cause. */
export function beforeEnd(close: () => Promise<void>): void {
  closers.push(close);
}

/** Starts a child that does not outlive this command. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}) {
  const child = spawn(command, args, { ...options, detached: true });
  children.add(child);
  const gone = () => {
    children.delete(child);
    // A test runner that crashed may have left browsers behind.
    signalGroup(child, "SIGKILL");
  };
  child.once("exit", gone);
  child.once("error", gone);
  return child;
}

/** Runs a child to its end: its exit code, and what it printed where `capture` asked for that. */
export function run(
  command: string,
  args: readonly string[],
  options: { capture?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = start(command, args, {
      stdio: ["ignore", options.capture ? "pipe" : "inherit", options.capture ? "pipe" : "inherit"],
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.once("error", (error) => resolve({ code: 127, output: `${command}: ${error.message}` }));
    child.once("close", (code, signal) => {
      resolve({ code: signal === null ? (code ?? 1) : 128 + constants.signals[signal], output });
    });
  });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => void end(128 + constants.signals[signal]));
}
// scripts/run.mjs holds the other end; when it is gone, nobody waits for this command any more.
process.on("disconnect", () => void end(1));
