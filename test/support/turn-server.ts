import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** A coturn on loopback that takes the credentials of the REST shared-secret scheme, as an operator would run it. */
export type TurnServer = {
  readonly port: number;
  readonly secret: string;
  /** For `TURN_URLS`, and for an RTCIceServer. */
  readonly urls: { readonly udp: string; readonly tcp: string };
  /** What the edge would hand out with `TURN_SECRET`. */
  readonly credentials: () => { readonly username: string; readonly credential: string };
  readonly close: () => Promise<void>;
};

const LIFETIME_SEC = 3_600;
/** Relayed ports: enough for a few people, away from the system's own. */
const RELAY_PORTS = 200;

/** Starts coturn and waits until it takes connections. */
export async function startTurnServer(
  options: { readonly port?: number } = {},
): Promise<TurnServer> {
  const port = options.port ?? (await freePort());
  const directory = mkdtempSync(join(tmpdir(), "sotto-turn-"));
  const secret = randomBytes(16).toString("hex");
  const leastPort = 49_152 + (port % 50) * RELAY_PORTS;
  const child = spawn(
    "turnserver",
    [
      "-n",
      "--use-auth-secret",
      `--static-auth-secret=${secret}`,
      "--realm=sotto.test",
      "--listening-ip=127.0.0.1",
      "--relay-ip=127.0.0.1",
      `--listening-port=${port}`,
      "--allow-loopback-peers",
      "--cli-password=unused",
      "--no-cli",
      "--no-tls",
      "--no-dtls",
      "--no-multicast-peers",
      "--fingerprint",
      `--min-port=${leastPort}`,
      `--max-port=${leastPort + RELAY_PORTS - 1}`,
      `--pidfile=${join(directory, "pid")}`,
      `--userdb=${join(directory, "turndb")}`,
      "--log-file=stdout",
    ],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  }
  const ended = once(child, "close");
  while (!(await listens(port))) {
    const early = await Promise.race([ended, delay(20)]);
    if (early !== undefined) throw new Error(`turnserver ended with ${child.exitCode}:\n${output}`);
  }
  return {
    port,
    secret,
    urls: {
      udp: `turn:127.0.0.1:${port}?transport=udp`,
      tcp: `turn:127.0.0.1:${port}?transport=tcp`,
    },
    credentials: () => {
      const username = `${Math.floor(Date.now() / 1000) + LIFETIME_SEC}:sotto`;
      return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
    },
    close: async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
