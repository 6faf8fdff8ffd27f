// The way in to every npm script: `node scripts/run.mjs <command> [arguments]`.
//
// Runs on the machine's own Node (20 or newer) with nothing installed, so it imports nothing but
// Node itself. It installs what the lockfile names, then hands over to scripts/commands/<command>.ts
// under the Node that came with it.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const oldestNode = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {(sentence: string) => never} */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  fail(
    `Sotto needs Node ${oldestNode} or newer to start; this is Node ${process.versions.node}. Install a newer Node and run the command again.`,
  );
}

const [command = "", ...args] = process.argv.slice(2);
const script = join(root, "scripts", "commands", `${command}.ts`);
if (!/^[a-z-]+$/.test(command) || !existsSync(script)) {
  fail(`There is no command "${command}". package.json lists them.`);
}

const { install } = await import("./install.mjs");
const installed = await install(root);
if (!installed.ok) fail(installed.error);

// The channel is how the command learns that this process is gone, however it went.
const child = spawn(installed.node, [script, ...args], {
  cwd: root,
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: {
    ...process.env,
    PATH: [
      join(root, "node_modules", ".bin"),
      dirname(installed.node),
      process.env.PATH ?? "",
    ].join(delimiter),
    // Nothing here phones home, and no tool keeps a log in which a room id could stand.
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
  },
});

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => child.kill(signal));
}
// npm may be killed without a word to the shell it started, nor the shell to this process: then one
// of the two above this process is no longer who it was.
const above = whoIsAbove();
setInterval(() => {
  if (whoIsAbove() !== above) child.kill("SIGTERM");
}, 1000).unref();

function whoIsAbove() {
  const shell = process.ppid;
  const status = `/proc/${shell}/status`;
  const npm = existsSync(status) ? /^PPid:\s+(\d+)/m.exec(readFileSync(status, "utf8"))?.[1] : "";
  return `${shell} ${npm}`;
}

child.on("error", (error) => fail(`Could not start ${installed.node}: ${error.message}`));
child.on("exit", (code, signal) => {
  process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
});
