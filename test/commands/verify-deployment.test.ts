import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { checkDeployment, deploymentOrigin } from "../../scripts/deployment/check-deployment.ts";
import { type SottoServer, startSottoServer } from "../support/sotto-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = `${root}dist/web`;

type Served = { status: number; headers: Headers; body: string };
/** What somebody between the deployment and its callers does to one answer. */
type Tamper = (path: string, served: Served) => void;

describe("npm run verify-deployment", () => {
  let sotto: SottoServer;
  const servers: Server[] = [];
  beforeAll(async () => {
    sotto = await startSottoServer();
  });
  afterAll(() => sotto.close());
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    }
  });

  async function listen(answer: (path: string, response: ServerResponse) => unknown) {
    const server = createServer((request, response) => {
      void answer(request.url ?? "/", response);
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The real deployment, by way of somebody who changes what it says. */
  const tampered = (tamper: Tamper): Promise<string> =>
    listen(async (path, response) => {
      const answer = await fetch(`${sotto.url}${path}`, { redirect: "manual" });
      const headers = new Headers(answer.headers);
      for (const name of ["content-length", "content-encoding", "transfer-encoding"]) {
        headers.delete(name);
      }
      const bytes = Buffer.from(await answer.arrayBuffer());
      const served = { status: answer.status, headers, body: bytes.toString("latin1") };
      tamper(path, served);
      for (const [name, value] of served.headers) response.setHeader(name, value);
      response.writeHead(served.status).end(Buffer.from(served.body, "latin1"));
    });
  const differences = async (tamper: Tamper) => checkDeployment(await tampered(tamper), built);
  const isMainScript = (path: string) => /^\/assets\/index-.+\.js$/.test(path);
  const callPage = /^\/r\/[\w-]{22}/;

  const run = (...args: readonly string[]) => {
    const script = `${root}scripts/run.mjs`;
    return spawnSync(process.execPath, [script, "verify-deployment", ...args], {
      cwd: root,
      encoding: "utf8",
    });
  };

  it("a deployment of this checkout matches: the build's name, the word, exit code 0", () => {
    const { status, stdout, stderr } = run(sotto.url);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Build {3}[\da-f]{64}\nmatches\n$/);
    expect(status).toBe(0);
  });

  it("another one differs: a line for each difference, how many, exit code 1", () => {
    const { status, stdout } = run("http://127.0.0.1:9");
    expect(stdout.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/build\.json can't be reached: /),
      "differs (1)",
      "",
    ]);
    expect(status).toBe(1);
  });

  it("one byte of a script is enough", async () => {
    const found = await differences((path, served) => {
      if (isMainScript(path)) served.body = served.body.replace(";", ",");
    });
    expect(found).toEqual([
      expect.stringMatching(
        /^\/assets\/index-.+\.js has other bytes: SHA-256 [\da-f]{64}, expected [\da-f]{64}\.$/,
      ),
    ]);
  });

  it("a file that is missing is named, whatever comes in its place", async () => {
    const found = await differences((path, served) => {
      if (isMainScript(path)) served.status = 404;
    });
    expect(found).toEqual([expect.stringMatching(/^\/assets\/index-.+\.js answers 404\.$/)]);
  });

  it("a script more in the page is named, also where only the page of a call has it", async () => {
    const found = await differences((path, served) => {
      if (callPage.test(path)) {
        served.body = served.body.replace("</head>", '<script src="/more.js"></script></head>');
      }
    });
    expect(found).toEqual([
      expect.stringMatching(/^\/r\/[\w-]{22} has other bytes/),
      expect.stringMatching(
        /^\/r\/[\w-]{22} loads \/more\.js, which this checkout's page does not\.$/,
      ),
    ]);
  });

  it("a manifest of another build is taken apart: file more, file less, other hash", async () => {
    const found = await differences((path, served) => {
      if (path !== "/build.json") return;
      const manifest = JSON.parse(served.body);
      delete manifest.files["/favicon.svg"];
      manifest.files["/index.html"] = "0".repeat(64);
      manifest.files["/more\u001b[2K.js"] = "0".repeat(64);
      served.body = JSON.stringify(manifest);
    });
    expect(found).toEqual([
      "Its manifest does not name /favicon.svg.",
      "Its manifest has another hash for /index.html.",
      "Its manifest names /more?[2K.js, which this checkout does not build.",
    ]);
  });

  it("a manifest that says the same in other bytes is another build", async () => {
    const found = await differences((path, served) => {
      if (path === "/build.json") served.body += "\n";
    });
    expect(found).toEqual([
      "Its manifest names the same files in other bytes, so its build has another name.",
    ]);
  });

  it("a security header that is gone or changed is named, and so is a cookie", async () => {
    const found = await differences((path, served) => {
      if (path === "/") served.headers.delete("Content-Security-Policy");
      if (callPage.test(path)) served.headers.set("Referrer-Policy", "unsafe-url");
      if (isMainScript(path)) served.headers.set("Set-Cookie", "a=b");
    });
    expect(found.toSorted()).toEqual([
      "/ comes without Content-Security-Policy.",
      expect.stringMatching(
        /^\/assets\/index-.+ comes with Set-Cookie, which no deployment sends\.$/,
      ),
      expect.stringMatching(/^\/r\/.+ comes with another Referrer-Policy: unsafe-url$/),
    ]);
  });

  it("an answer without an end is left after a while, and said to be too long", async () => {
    const found = await differences((path, served) => {
      if (isMainScript(path)) served.body += " ".repeat(2_000_000);
    });
    expect(found).toEqual([
      expect.stringMatching(/^\/assets\/index-.+ is longer than \d+ bytes\.$/),
    ]);
  });

  it.each<[string, Tamper, RegExp]>([
    [
      "is a web page",
      (_, served) => {
        served.headers.set("Content-Type", "text/html; charset=utf-8");
      },
      /\/build\.json is a web page, not a manifest: /,
    ],
    [
      "is a redirect",
      (_, served) => {
        served.status = 301;
        served.headers.set("Location", "https://elsewhere.example/");
      },
      /\/build\.json is redirected to https:\/\/elsewhere\.example\/\.$/,
    ],
    [
      "is an error",
      (_, served) => {
        served.status = 503;
      },
      /\/build\.json answers 503\.$/,
    ],
    [
      "is something else",
      (_, served) => {
        served.body = "{}";
      },
      /\/build\.json is not a manifest of a build \(application\/json, 2 bytes\)\.$/,
    ],
    [
      "has no end",
      (_, served) => {
        served.body = " ".repeat(3_000_000);
      },
      /\/build\.json is longer than \d+ bytes\.$/,
    ],
  ])("a manifest that %s ends the check with one sentence", async (_, tamper, sentence) => {
    expect(await differences(tamper)).toEqual([expect.stringMatching(sentence)]);
  });

  it.each([
    undefined,
    "",
    "calls.example.com",
    "ftp://calls.example.com",
    "https://a:b@calls.example.com",
  ])("%j is no address, and a sentence says what is", (typed) => {
    expect(deploymentOrigin(typed)).toEqual({
      ok: false,
      error: expect.stringMatching(
        /^Say which deployment to check: npm run verify-deployment https:/,
      ),
    });
  });

  it("of an address, the origin counts", () => {
    expect(deploymentOrigin("https://calls.example.com/r/x?y#z")).toEqual({
      ok: true,
      value: "https://calls.example.com",
    });
  });
});
