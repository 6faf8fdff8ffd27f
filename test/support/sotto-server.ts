import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const READY_MS = 60_000;

/** The product as `npm start` runs it, on a port and with a state of its own. */
export type SottoServer = {
  readonly url: string;
  /** Where it keeps what it stores. */
  readonly stateDir: string;
  /** All it ever printed, stopped and started again included. */
  readonly output: () => string;
  /** Ends it and what it started; its state stays. `SIGKILL` is a crash. */
  readonly stop: (signal?: "SIGTERM" | "SIGKILL") => Promise<void>;
  /** Starts it again, at the same address with the same state. */
  readonly start: () => Promise<void>;
  /** Ends it and forgets its state. */
  readonly close: () => Promise<void>;
};

/** Starts the product and waits until it says that it is ready. `vars` are what an operator would set. */
export async function startSottoServer(
  options: { readonly port?: number; readonly vars?: Readonly<Record<string, string>> } = {},
): Promise<SottoServer> {
  const port = options.port ?? (await freePort());
  const stateDir = mkdtempSync(join(tmpdir(), "sotto-state-"));
  const url = `http://localhost:${port}`;
  let output = "";
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const started = spawn(process.execPath, [join(root, "scripts", "run.mjs"), "start"], {
      cwd: root,
      env: {
        ...process.env,
        HOST: "localhost",
        PORT: String(port),
        SOTTO_STATE_DIR: stateDir,
        SOTTO_VARS: JSON.stringify(options.vars ?? {}),
      },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that all of it can be ended.
      detached: true,
    });
    child = started;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready in time:\n${output}`)), READY_MS);
      const read = (chunk: string): void => {
        output += chunk;
        said += chunk;
        if (!/^Sotto is ready/m.test(said)) return;
        clearTimeout(late);
        resolve();
      };
      started.stdout.setEncoding("utf8").on("data", read);
      started.stderr.setEncoding("utf8").on("data", read);
      started.once("close", (code) => {
        clearTimeout(late);
        reject(new Error(`ended with ${code}:\n${output}`));
      });
    });
  };
  const stop = async (signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> => {
    const running = child;
    child = undefined;
    if (running?.pid === undefined || running.exitCode !== null) return;
    const closed = once(running, "close");
    process.kill(-running.pid, signal);
    await closed;
  };

  await start();
  return {
    url,
    stateDir,
    output: () => output,
    stop,
    start,
    close: async () => {
      await stop();
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
