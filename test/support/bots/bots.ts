import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build } from "vite";
import type { BotPage, BotReport } from "./page/main.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};
const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Several people in one page of one Chromium: the product's own core and crypto worker, with small slow video. */
export type Bots = {
  /** Joins one more, and resolves once its join is under way. */
  readonly join: (name: string) => Promise<void>;
  readonly leave: (name: string) => Promise<void>;
  readonly report: () => Promise<readonly BotReport[]>;
  /** What went wrong in the page. */
  readonly problems: () => readonly string[];
  readonly close: () => Promise<void>;
};

/** Opens the page of bots at the product's own origin, which the edge asks of its callers. */
export async function startBots(browser: Browser, link: string): Promise<Bots> {
  const outDir = mkdtempSync(join(tmpdir(), "sotto-bots-"));
  await build({
    configFile: root("vite.config.ts"),
    root: root("test/support/bots/page"),
    base: "/bots/",
    publicDir: false,
    logLevel: "error",
    build: { outDir, emptyOutDir: true },
  });
  const context = await browser.newContext({
    // A page that was handed to the browser, and not fetched, has to ask before it may reach this machine.
    permissions: ["camera", "microphone", "local-network-access"],
  });
  await context.route(
    (url) => url.pathname.startsWith("/bots/"),
    async (route) => {
      const path = new URL(route.request().url()).pathname.slice("/bots/".length);
      const body = readFileSync(join(outDir, path === "" ? "index.html" : path));
      await route.fulfill({ body, contentType: TYPES[extname(path)] ?? "text/html" });
    },
  );
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(new URL("/bots/", link).href);
  await page.waitForFunction(() => "bots" in globalThis);
  let count = 0;
  return {
    join: async (name) => {
      count += 1;
      await page.evaluate(
        ([botName, number, botLink]) =>
          (globalThis as unknown as { bots: BotPage }).bots.join(botName, number, botLink),
        [name, count, link] as const,
      );
    },
    leave: (name) =>
      page.evaluate(
        (botName) => (globalThis as unknown as { bots: BotPage }).bots.leave(botName),
        name,
      ),
    report: () => page.evaluate(() => (globalThis as unknown as { bots: BotPage }).bots.report()),
    problems: () => problems,
    close: async () => {
      await context.close();
      rmSync(outDir, { recursive: true });
    },
  };
}
