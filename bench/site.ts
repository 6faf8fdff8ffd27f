import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../scripts/lifetime.ts";
import { rootPath } from "../scripts/root.ts";

export type SiteName = "sotto" | "bare";

/** One of the two services, in a process of its own. */
export type Site = {
  readonly url: string;
  /** The process that serves, whose memory can be read. */
  readonly pid: number;
  readonly close: () => Promise<void>;
};

const READY_MS = 60_000;

const SCRIPTS: Readonly<Record<SiteName, string>> = {
  sotto: rootPath("scripts", "commands", "start.ts"),
  bare: rootPath("bench", "bare", "serve.ts"),
};

/** No server outside this machine is asked, and no limit is met by a bench that joins all the time. */
const VARS = {
  STUN_URLS: "",
  EDGE_LIMITS: JSON.stringify({
    createPerMinute: 10_000,
    createPerDay: 10_000,
    tokensPerMinutePerAddress: 10_000,
    tokensPerMinutePerRoom: 10_000,
  }),
};

/** Serves the built product or the bare page, both by Miniflare, and waits until it can be visited. */
export async function openSite(options: {
  readonly name: SiteName;
  readonly host: string;
  readonly port: number;
  /** Put in front of the command line: runs it elsewhere. */
  readonly prefix?: readonly string[];
}): Promise<Site> {
  const { name, host, port } = options;
  const stateDir = mkdtempSync(join(tmpdir(), "sotto-bench-"));
  const [command, ...args] = [...(options.prefix ?? []), process.execPath, SCRIPTS[name]];
  const child = start(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      HOST: host,
      PORT: String(port),
      SOTTO_STATE_DIR: stateDir,
      SOTTO_VARS: JSON.stringify(VARS),
    },
  });
  const gone = once(child, "exit");
  let output = "";
  try {
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString();
        if (/ is ready: /.test(output)) resolve();
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("exit", () => reject(new Error(`The ${name} server ended:\n${output}`)));
      setTimeout(
        () => reject(new Error(`The ${name} server was not ready in time:\n${output}`)),
        READY_MS,
      ).unref();
    });
  } catch (fault) {
    child.kill("SIGTERM");
    throw fault;
  }
  return {
    url: `http://${host}:${port}`,
    pid: child.pid ?? 0,
    close: async () => {
      child.kill("SIGTERM");
      await gone;
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
