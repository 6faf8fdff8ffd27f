import type { Page } from "playwright-core";
import { PATIENCE_MS } from "./person.ts";
import { pollUntil } from "./poll.ts";

/**
 * Waits for an element in a page that nobody has touched yet.
 *
 * All that Playwright itself runs in a page, its waiting included, Chromium takes for a gesture of the visitor's, and
 * from then on it holds back no sound.
 */
export async function appearsWithoutGesture(page: Page, selector: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const expression = `document.querySelector(${JSON.stringify(selector)}) !== null`;
  await pollUntil(
    `${selector} to appear`,
    async () => {
      const { result } = await session.send("Runtime.evaluate", { expression, userGesture: false });
      return result.value === true;
    },
    PATIENCE_MS,
  );
  await session.detach();
}
