import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, start } from "../../scripts/lifetime.ts";

const SWITCH_SOURCE = fileURLToPath(new URL("delay-switch.c", import.meta.url));

export type DelayedHost = {
  readonly address: string;
  /** Put in front of a command line, runs it on this host. */
  readonly prefix: readonly string[];
  /** A file that runs `program` on this host, for those who take nothing but one path. */
  readonly wrap: (program: string) => string;
};

export type DelayedNetwork = {
  readonly hosts: readonly DelayedHost[];
  readonly close: () => Promise<void>;
};

/**
 * Hosts as network namespaces of this machine, on one switch that holds every frame for `oneWayMs`.
 *
 * Throws, with a sentence, where the machine does not let it: it takes root, iproute2 and a C compiler.
 */
export async function openDelayedNetwork(options: {
  readonly oneWayMs: number;
  readonly hosts: number;
}): Promise<DelayedNetwork> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new Error("A network with delay is made of namespaces on Linux, and that takes root.");
  }
  const directory = mkdtempSync(join(tmpdir(), "sotto-bench-"));
  const program = join(directory, "delay-switch");
  await mustRun("cc", ["-O2", "-o", program, SWITCH_SOURCE]);
  // Device names hold 15 characters, and several benches may run at once.
  const taps = Array.from({ length: options.hosts }, (_, index) => `sb${process.pid}x${index}`);
  const delaySwitch = start(program, [String(options.oneWayMs * 1000), ...taps], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(delaySwitch, "exit");
  const close = async (): Promise<void> => {
    delaySwitch.kill();
    await gone;
    for (const tap of taps) await run("ip", ["netns", "del", tap], { capture: true });
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.race([
      delaySwitch.stdout === null ? gone : once(delaySwitch.stdout, "data"),
      gone.then(() => Promise.reject(new Error("The delaying switch did not start."))),
    ]);
    const hosts: DelayedHost[] = [];
    for (const [index, tap] of taps.entries()) {
      const address = `10.77.0.${index + 1}`;
      await mustRun("ip", ["netns", "add", tap]);
      await mustRun("ip", ["link", "set", tap, "netns", tap]);
      await mustRun("ip", ["-n", tap, "link", "set", "lo", "up"]);
      await mustRun("ip", ["-n", tap, "addr", "add", `${address}/24`, "dev", tap]);
      await mustRun("ip", ["-n", tap, "link", "set", tap, "up"]);
      hosts.push({
        address,
        prefix: ["ip", "netns", "exec", tap],
        wrap: (wrapped) => {
          const path = join(directory, `on-${tap}`);
          writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${tap} ${wrapped} "$@"\n`);
          chmodSync(path, 0o755);
          return path;
        },
      });
    }
    return { hosts, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function mustRun(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args, { capture: true });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${output.trim()}`);
}
