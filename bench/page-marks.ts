import type { BrowserContext, Page } from "playwright-core";

/** Milliseconds since the page's navigation began. */
export type PageMarks = {
  /** Join was pressed. */
  readonly joinMs?: number;
  /** The bare page made its offer. */
  readonly offerMs?: number;
  /** The first picture of somebody else was shown. */
  readonly firstFrameMs?: number;
};

type MarkedWindow = { benchMarks: { joinMs?: number; firstFrameMs?: number } };

/** Has every page of the context note its marks, and press Join the moment it is there where `joinAtOnce` says so. */
export async function markPages(
  context: BrowserContext,
  options: { readonly name: string; readonly joinAtOnce: boolean },
): Promise<void> {
  // Runs in the page, before anything of the page itself, and is sent there as text.
  await context.addInitScript(({ name, joinAtOnce }) => {
    const marks: MarkedWindow["benchMarks"] = {};
    Object.assign(globalThis, { benchMarks: marks });
    if (isSecureContext) localStorage.setItem("sotto.name", name);
    const watched = new WeakSet<HTMLVideoElement>();
    // Live collections, for this runs at every change of the page and must cost it nothing.
    const buttons = document.getElementsByTagName("button");
    const videos = document.getElementsByTagName("video");
    const look = (): void => {
      if (joinAtOnce && marks.joinMs === undefined) {
        for (const button of buttons) {
          if (button.textContent !== "Join") continue;
          marks.joinMs = performance.now();
          button.click();
        }
      }
      for (const video of videos) {
        if (watched.has(video)) continue;
        const article = video.closest("article");
        if (article === null || article.ariaLabel === "You") continue;
        watched.add(video);
        video.requestVideoFrameCallback(() => {
          marks.firstFrameMs ??= performance.now();
        });
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    addEventListener(
      "click",
      ({ target }) => {
        if (target instanceof Element && target.closest("button")?.textContent === "Join")
          marks.joinMs ??= performance.now();
      },
      { capture: true },
    );
  }, options);
}

/** Waits for the first picture of somebody else. */
export async function firstFrame(page: Page): Promise<PageMarks> {
  await page.waitForFunction(
    () => (globalThis as unknown as MarkedWindow).benchMarks.firstFrameMs !== undefined,
    undefined,
    { polling: 50, timeout: 20_000 },
  );
  return page.evaluate(() => {
    const offer = performance.getEntriesByName("offer")[0]?.startTime;
    return {
      ...(globalThis as unknown as MarkedWindow).benchMarks,
      ...(offer === undefined ? {} : { offerMs: offer }),
    };
  });
}
