import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "vite";
import { checkableBuild } from "../../scripts/vite/checkable-build.ts";
import { type Browsers, startBrowsers } from "../support/browsers.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
};
const SOURCES = {
  "index.html": `<!doctype html><html><head><script type="module" src="./main.js"></script></head><body></body></html>`,
  "main.js": `import "./style.css";
    document.documentElement.dataset.entry = "ran";
    import("./late.js").then(
      () => (document.documentElement.dataset.late = "ran"),
      () => (document.documentElement.dataset.late = "refused"),
    );`,
  "late.js": `document.documentElement.dataset.lateBody = "ran"; export {};`,
  "style.css": `html { color: rgb(1, 2, 3); }`,
};

let folder = "";
let server: Server;
let url = "";
let browsers: Browsers;
/** The file, by the end of its address, whose bytes are not those of the build. */
let tampered: RegExp | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sotto-integrity-"));
  const outDir = join(folder, "out");
  mkdirSync(join(folder, "page"));
  for (const [name, text] of Object.entries(SOURCES)) {
    writeFileSync(join(folder, "page", name), text);
  }
  await build({
    configFile: false,
    root: join(folder, "page"),
    logLevel: "warn",
    plugins: [checkableBuild()],
    build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
  });
  const headers = readFileSync(join(outDir, "_headers"), "utf8")
    // The first rule is the pages'.
    .split(/^\/(?!\*)/m)[0]
    ?.matchAll(/^ {2}([\w-]+): (.+)$/gm);
  const ofPages = [...(headers ?? [])].map(([, name = "", value = ""]) => [name, value] as const);
  server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : (request.url ?? "");
    for (const [name, value] of ofPages) response.setHeader(name, value);
    response.setHeader("Cache-Control", "no-store");
    try {
      const text = readFileSync(join(outDir, path), "utf8");
      response.setHeader("Content-Type", TYPES[extname(path)] ?? "text/plain");
      response.end(tampered?.test(path) ? `${text}\n` : text);
    } catch {
      // The icon that browsers ask for.
      response.writeHead(204).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  browsers = await startBrowsers();
});

afterAll(async () => {
  await browsers.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe.each(["chromium", "firefox"] as const)("hashes in the page, in %s", (browser) => {
  /** What of the page came about. */
  async function open(tamper: RegExp | undefined) {
    tampered = tamper;
    const person = await browsers.newPerson(browser);
    await person.goto(url);
    await person.waitFor("the page has loaded", () => document.readyState === "complete");
    if (tamper === undefined || tamper.test("late-x.js")) {
      await person.waitFor("import() ends", () => "late" in document.documentElement.dataset);
    }
    const seen = await person.evaluate(() => ({
      ...Object.fromEntries(Object.entries(document.documentElement.dataset)),
      color: getComputedStyle(document.documentElement).color,
    }));
    const problems = person.problems().join("\n");
    await person.close();
    return { seen, problems };
  }

  it("let through what was built, an import map and what import() loads included", async () => {
    const { seen, problems } = await open(undefined);
    expect(seen).toEqual({ entry: "ran", late: "ran", lateBody: "ran", color: "rgb(1, 2, 3)" });
    expect(problems).toBe("");
  });

  it("keep a changed entry from running", async () => {
    const { seen } = await open(/\/index-.+\.js$/);
    expect(seen).toEqual({ color: "rgb(1, 2, 3)" });
  });

  it("keep a changed chunk of import() from running", async () => {
    const { seen } = await open(/late-.+\.js$/);
    expect(seen).toEqual({ entry: "ran", late: "refused", color: "rgb(1, 2, 3)" });
  });

  it("keep a changed style sheet out", async () => {
    const { seen } = await open(/\.css$/);
    expect(seen.color).toBe("rgb(0, 0, 0)");
  });
});
