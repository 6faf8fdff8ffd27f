import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { type BuiltPages, buildPages, firstSize } from "./built-pages.ts";
import { collectProblems } from "./driven-page.ts";
import { servePages } from "./page-server.ts";
import { startSound } from "./sound.ts";
import { appearsWithoutGesture } from "./without-gesture.ts";

/** States of the app, by the address of the pages over a fake call. */
export const pageStates = {
  landing: "/",
  lobby: "/r/x?label=Friday%20kitchen#k",
  "lobby without devices": "/r/x?camera=media-denied&microphone=media-absent&inCall=0&name=#k",
  "lobby of a full call": "/r/x?failure=call-full#k",
  "call in another tab": "/r/x?elsewhere#k",
  joining: "/r/x?phase=joining&people=1#k",
  alone: "/r/x?phase=live&people=1#k",
  "two people": "/r/x?phase=live&people=2#k",
  "four with long names and trouble":
    "/r/x?phase=live&people=4&names=long&pictures=2&links=connected,failed,not-reached#k",
  "names from right to left": "/r/x?phase=live&people=5&names=rtl&pictures=2#k",
  "a security code was compared, and somebody else came":
    "/r/x?phase=live&people=4&names=long&verdict=match&newcomer&trust=verified,unknown,changed#k",
  "sixteen people": "/r/x?phase=live&people=16&pictures=4#k",
  "lobby with a door": "/r/x?door=here#k",
  "waiting to be let in": "/r/x?phase=knocking&door=here#k",
  "waiting without a host": "/r/x?phase=knocking&door=away&camera=off&names=long#k",
  "a host with fifty at the door":
    "/r/x?phase=live&people=3&host=host&knock&waiting=50&undo&names=long#k",
  left: "/r/x?phase=left#k",
  "ended for all": "/r/x?phase=left&ended#k",
  "a cut link": "/r/x?refused=link-cut#k",
  "an insecure address": "/?unsupported=insecure-origin",
} as const;

export const phone = { width: 360, height: 740 };
export const desktop = { width: 1280, height: 720 };
export const ultraWide = { width: 2560, height: 1080 };

/** Pages over a fake call in one Chromium. */
export type Pages = {
  /** A page of its own context. What it complained of is in `complaints`. */
  readonly open: (
    path: string,
    options?: BrowserContextOptions,
  ) => Promise<{ readonly page: Page; readonly complaints: readonly string[] }>;
  /** Bytes of what the first page brings with it, gzipped. */
  readonly sizeBytes: number;
  readonly close: () => Promise<void>;
};

/** The pages over a fake call. */
export const buildCallPages = (): Promise<BuiltPages> =>
  buildPages(new URL("./page/", import.meta.url));

/** `isStrict` leaves autoplay as a visitor finds it. */
export async function startPages({ isStrict }: { readonly isStrict: boolean }): Promise<Pages> {
  const [built, sound] = await Promise.all([buildCallPages(), startSound()]);
  const server = await servePages(built);
  const browser: Browser = await launchChromium({ env: sound.env, isStrict });
  return {
    sizeBytes: firstSize(built),
    open: async (path, options = {}) => {
      const context = await browser.newContext({ viewport: desktop, ...options });
      const page = await context.newPage();
      const { problems: complaints, pageerror, console } = collectProblems();
      page.on("pageerror", pageerror).on("console", console);
      page.on("request", (request) => {
        if (!request.url().startsWith(server.url)) complaints.push(`asked for ${request.url()}`);
      });
      await page.goto(`${server.url}${path}`);
      await appearsWithoutGesture(page, "h1");
      return { page, complaints };
    },
    close: async () => {
      await browser.close();
      await server.close();
      await sound.close();
    },
  };
}
