import { PATIENCE_MS, type Person } from "./person.ts";
import { pollUntil } from "./poll.ts";

type Loaded = { readonly waitUntil: "domcontentloaded" };

/** What the pages of both drivers, Playwright's and Puppeteer's, have in common. */
type DrivenPage = {
  readonly goto: (url: string, until: Loaded) => Promise<unknown>;
  readonly reload: (until: Loaded) => Promise<unknown>;
  readonly evaluate: (run: never, argument: never) => Promise<unknown>;
  readonly keyboard: {
    readonly press: (key: "Enter" | "Escape" | "Space" | "Tab") => Promise<void>;
  };
  readonly screenshot: (options: { path: never }) => Promise<unknown>;
};

/** What a person does the same way in every browser. */
export function inPage(
  page: DrivenPage,
  browser: Person["browser"],
): Pick<Person, "browser" | "goto" | "reload" | "press" | "evaluate" | "waitFor" | "screenshot"> {
  const until: Loaded = { waitUntil: "domcontentloaded" };
  return {
    browser,
    goto: async (url) => void (await page.goto(url, until)),
    reload: async () => void (await page.reload(until)),
    press: (key) => page.keyboard.press(key),
    evaluate: (run, argument) => page.evaluate(run as never, argument as never) as never,
    waitFor: (what, holds, argument, within) =>
      pollUntil(
        `${what} (${browser})`,
        async () => (await page.evaluate(holds as never, argument as never)) === true,
        within?.timeoutMs ?? PATIENCE_MS,
      ),
    screenshot: async (path) => void (await page.screenshot({ path: path as never })),
  };
}

/** Exceptions and error lines of a page's console, as they come, from its two listeners. */
export function collectProblems(): {
  readonly problems: string[];
  readonly pageerror: (error: unknown) => void;
  readonly console: (message: { type: () => string; text: () => string }) => void;
} {
  const problems: string[] = [];
  return {
    problems,
    pageerror: (error) => problems.push(String(error)),
    console: (message) => {
      if (message.type() === "error") problems.push(message.text());
    },
  };
}
