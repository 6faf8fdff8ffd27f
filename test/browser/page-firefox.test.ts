import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBrowsers } from "../support/browsers.ts";
import { type PageServer, servePages } from "../support/page-server.ts";
import { buildCallPages } from "../support/pages.ts";
import { foreignRequests } from "../support/person.ts";

let server: PageServer;
let browsers: Awaited<ReturnType<typeof startBrowsers>>;
beforeAll(async () => {
  server = await servePages(await buildCallPages());
  browsers = await startBrowsers();
});
afterAll(async () => {
  await browsers.close();
  await server.close();
});

describe("Firefox", () => {
  it("shows the same pages, with nothing against the content security policy", async () => {
    const person = await browsers.newPerson("firefox", { width: 500, height: 740 });
    await person.goto(`${server.url}/r/x?people=4&names=long#k`);
    await person.fill("Your name", "Ann");
    await person.click("button", "Join");
    await person.sees("toolbar", "Call controls");
    await person.goto(`${server.url}/r/x?phase=live&people=4&names=long#k`);
    await person.sees("article", "You");
    await person.waitFor(
      "four pictures",
      () => document.querySelectorAll("article video[data-playing]").length === 4,
    );
    const fits = await person.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      const stage = document.querySelector("section.stage")?.getBoundingClientRect();
      const tiles = [...document.querySelectorAll("article")].map((tile) =>
        tile.getBoundingClientRect(),
      );
      return {
        across: scrollWidth - innerWidth,
        down: scrollHeight - innerHeight,
        // Were inline styles refused, all tiles would lie on one another.
        places: new Set(tiles.map(({ left, top }) => `${left} ${top}`)).size,
        outside: tiles.filter(({ bottom }) => bottom > (stage?.bottom ?? 0) + 2).length,
      };
    });
    expect(fits).toEqual({ across: 0, down: 0, places: 4, outside: 0 });
    await person.waitFor(
      "tile sizes to be told",
      () => (window.fakeCall?.views.get("member-1")?.width ?? 0) > 100,
    );
    expect(person.problems()).toEqual([]);
    expect(foreignRequests(person, server.url)).toEqual([]);
  });
});
