import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browsers, startBrowsers } from "../support/browsers.ts";
import { buildPages } from "../support/built-pages.ts";
import { type PageServer, servePages } from "../support/page-server.ts";

describe("a worker under the headers of the deployment's scripts", () => {
  let page: PageServer;
  let browsers: Browsers;

  beforeAll(async () => {
    page = await servePages(await buildPages(new URL("./support/asking-page/", import.meta.url)));
    browsers = await startBrowsers();
  });
  afterAll(async () => {
    await browsers.close();
    await page.close();
  });

  it.each(["chromium", "firefox"] as const)(
    "in %s starts, and reaches no server, loads no further script and evaluates no text",
    async (browser) => {
      const person = await browsers.newPerson(browser);
      await person.goto(page.url);
      await person.waitFor("the page's script", () => globalThis.askingPage !== undefined);
      expect(await person.evaluate(() => askingPage.ask())).toEqual({
        fetch: "refused",
        script: "refused",
        evaluation: "refused",
      });
    },
  );
});
