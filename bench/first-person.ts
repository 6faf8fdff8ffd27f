import { randomUUID } from "node:crypto";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { markPages } from "./page-marks.ts";
import type { SiteName } from "./site.ts";

/** A context with camera and microphone granted, and a page in it. */
export async function newPage(
  browser: Browser,
  options: {
    readonly name: string;
    readonly joinAtOnce: boolean;
    /** Called before there is a page. */
    readonly onContext?: (context: BrowserContext) => void;
  },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    permissions: ["camera", "microphone"],
  });
  options.onContext?.(context);
  await markPages(context, options);
  return context.newPage();
}

/** Opens a call and waits until others can come: its page, and the link for them. */
export async function openCall(
  browser: Browser,
  site: SiteName,
  url: string,
  onContext?: (context: BrowserContext) => void,
): Promise<{ readonly page: Page; readonly link: string }> {
  const page = await newPage(browser, {
    name: "Ada",
    joinAtOnce: true,
    ...(onContext === undefined ? {} : { onContext }),
  });
  if (site === "bare") await page.goto(`${url}/#${randomUUID()}`);
  else {
    await page.goto(url);
    await page.getByRole("button", { name: "New call", exact: true }).click();
    await page.waitForURL("**/r/**");
  }
  await page.waitForSelector('html[data-call-phase="live"]', { state: "attached" });
  return { page, link: page.url() };
}
