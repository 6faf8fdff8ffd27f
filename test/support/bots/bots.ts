import type { Browser } from "playwright-core";
import { buildPages } from "../built-pages.ts";
import type { BotPage, BotReport } from "./page/main.ts";

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
  const files = await buildPages(new URL("./page/", import.meta.url), "/bots/");
  const context = await browser.newContext({
    // A page that was handed to the browser, and not fetched, has to ask before it may reach this machine.
    permissions: ["camera", "microphone", "local-network-access"],
  });
  await context.route(
    ({ pathname }) => files.has(pathname),
    async (route) => {
      const file = files.get(new URL(route.request().url()).pathname);
      await (file === undefined
        ? route.continue()
        : route.fulfill({ body: Buffer.from(file.body), contentType: file.contentType }));
    },
  );
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(new URL("/bots/index.html", link).href);
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
    close: () => context.close(),
  };
}
