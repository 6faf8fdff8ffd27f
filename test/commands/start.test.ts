import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The ids of all live processes whose environment holds `text`: what a command started, however deep. */
function processesWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const dead = /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
        return !dead && readFileSync(`/proc/${pid}/environ`, "utf8").includes(text);
      } catch {
        return false;
      }
    });
}

describe("npm start", () => {
  let stateDir = "";
  const children: ChildProcess[] = [];

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "sotto-start-"));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      await once(child, "close");
    }
    rmSync(stateDir, { recursive: true, maxRetries: 5 });
  });

  function npmStart(env: Record<string, string>, args: readonly string[] = []) {
    const child = spawn("npm", ["start", "--silent", "--", ...args], {
      cwd: root,
      env: { ...process.env, SOTTO_STATE_DIR: stateDir, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // As in a terminal, a group of its own, to which Ctrl-C is sent.
      detached: true,
    });
    children.push(child);
    const running = { child, output: "", ready: Promise.resolve(), closed: once(child, "close") };
    running.ready = new Promise((resolve, reject) => {
      const read = (chunk: string) => {
        running.output += chunk;
        if (running.output.includes("ready")) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", read);
      child.stderr.setEncoding("utf8").on("data", read);
      child.once("close", () => reject(new Error(`ended early:\n${running.output}`)));
    });
    running.ready.catch(() => {});
    return running;
  }

  it("prints one line, with the link, once /healthz answers 200, and no request after it", async () => {
    const port = await freePort();
    const server = npmStart({ PORT: String(port) });
    await server.ready;
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
    const page = await fetch(`http://localhost:${port}/r/AAAAAAAAAAAAAAAAAAAAAA`);
    expect(page.status).toBe(200);
    expect(await page.text()).toMatch(/^<!doctype html>/i);
    await fetch(`http://localhost:${port}/api/rooms/AAAAAAAAAAAAAAAAAAAAAA/none`);
    server.child.kill("SIGTERM");
    await server.closed;
    expect(server.output).toBe(`Sotto is ready: http://localhost:${port}\n`);
  });

  it.each([
    ["Ctrl-C in a terminal", (npm: number) => process.kill(-npm, "SIGINT")],
    ["SIGTERM to npm", (npm: number) => process.kill(npm, "SIGTERM")],
    ["SIGKILL to npm", (npm: number) => process.kill(npm, "SIGKILL")],
  ])("%s ends every process it started and frees the port", async (_, kill) => {
    const port = await freePort();
    const server = npmStart({ PORT: String(port) });
    await server.ready;
    expect(processesWith(stateDir).length).toBeGreaterThan(1);
    kill(Number(server.child.pid));
    await expect.poll(() => processesWith(stateDir), { timeout: 10_000 }).toEqual([]);
    const again = createServer().listen(port, "127.0.0.1");
    await once(again, "listening");
    again.close();
  });

  it("HOST is honoured", async () => {
    const port = await freePort();
    const server = npmStart({ PORT: String(port), HOST: "127.0.0.2" });
    await server.ready;
    expect(server.output).toContain(`http://127.0.0.2:${port}`);
    expect((await fetch(`http://127.0.0.2:${port}/healthz`)).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow("fetch failed");
  });

  it("a port that is taken is named in a sentence, with the way out", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const server = npmStart({ PORT: String(port), HOST: "127.0.0.1" });
    const [code] = await server.closed;
    expect(code).toBe(1);
    expect(server.output).toBe(
      `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or choose another: PORT=${port + 1} npm start\n`,
    );
    taken.close();
  });

  it.each([
    [{ PORT: "eighty" }, [], 'PORT must be a number from 1 to 65535, not "eighty".'],
    [{ SOTTO_VARS: "[1]" }, [], "SOTTO_VARS must be a JSON object of strings"],
    [{}, ["--var", "NOVALUE"], '--var takes NAME:VALUE, not "NOVALUE".'],
  ])("%j with %j is refused in a sentence", async (env, args, sentence) => {
    const server = npmStart(env, args);
    const [code] = await server.closed;
    expect(code).toBe(1);
    expect(server.output).toContain(sentence);
  });
});
