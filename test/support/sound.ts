import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A sound device of the tests' own. `env` is what a browser needs to find it. */
export type Sound = {
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
};

/** Nothing to be done: the system has sound of its own. */
const systemSound: Sound = { env: {}, close: () => Promise.resolve() };

/**
 * Starts a PulseAudio with a null sink. Without a sound device an AudioContext stays suspended and
 * browsers decode no sound, so half of what a call does could not be tested.
 */
export async function startSound(): Promise<Sound> {
  if (process.platform !== "linux") return systemSound;
  const directory = mkdtempSync(join(tmpdir(), "sotto-sound-"));
  const socket = join(directory, "native");
  const child = spawn(
    "pulseaudio",
    [
      "-n",
      "--daemonize=no",
      "--exit-idle-time=-1",
      "--use-pid-file=no",
      "--disable-shm=yes",
      "--load=module-null-sink sink_name=silence",
      `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ],
    {
      stdio: "ignore",
      env: {
        ...process.env,
        HOME: directory,
        XDG_RUNTIME_DIR: directory,
        PULSE_RUNTIME_PATH: directory,
      },
    },
  );
  const ended = once(child, "exit");
  const changes = watch(directory);
  while (!existsSync(socket)) {
    await Promise.race([once(changes, "change"), ended]);
    if (child.exitCode !== null) throw new Error(`pulseaudio ended with ${child.exitCode}`);
  }
  changes.close();
  return {
    env: { PULSE_SERVER: `unix:${socket}` },
    close: async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
