import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { markPages } from "./page-marks.ts";
import type { SiteName } from "./site.ts";

/** Until a new window has been drawn. */
const WINDOW_MS = 700;

/** A context with camera and microphone granted, and a page in it. */
export async function newPage(
  browser: Browser,
  options: { readonly name: string; readonly joinAtOnce: boolean },
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    permissions: ["camera", "microphone"],
  });
  await markPages(context, options);
  const page = await context.newPage();
  // The browser draws a window for it, and what that takes is not the page's.
  await delay(WINDOW_MS);
  return page;
}

/** Opens a call and waits until others can come: its page, and the link for them. */
export async function openCall(
  browser: Browser,
  site: SiteName,
  url: string,
): Promise<{ readonly page: Page; readonly link: string }> {
  const page = await newPage(browser, { name: "Ada", joinAtOnce: true });
  if (site === "bare") await page.goto(`${url}/#${randomUUID()}`);
  else {
    await page.goto(url);
    await page.getByRole("button", { name: "New call", exact: true }).click();
    await page.waitForURL("**/r/**");
  }
  await page.waitForSelector('html[data-call-phase="live"]', { state: "attached" });
  return { page, link: page.url() };
}
