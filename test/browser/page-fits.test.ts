import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { desktop, type Pages, pageStates, phone, startPages, ultraWide } from "../support/pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await startPages({ isStrict: false });
});
afterAll(() => pages.close());

const states = Object.entries(pageStates);

const overflow = (page: Page) =>
  page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return { across: scrollWidth - innerWidth, down: scrollHeight - innerHeight };
  });

/** Everything to press or type into that is smaller than a fingertip. A label counts with its field. */
const smallTargets = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, select, summary")]
      .map((element) => ({ name: element.textContent, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 43.9 || box.height < 43.9))
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`),
  );

/** Text whose contrast with what lies behind it is below WCAG 2.2 AA. Text over pictures is left to the tag's own ground. */
const faintTexts = (page: Page) =>
  page.evaluate(() => {
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (pen === null) throw new TypeError("canvas: expected a 2d context");
    const paint = (colors: readonly string[]): number => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, 1, 1);
      for (const color of colors) {
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
      }
      const [red = 0, green = 0, blue = 0] = [...pen.getImageData(0, 0, 1, 1).data].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const grounds = (element: Element | null): string[] =>
      element === null
        ? []
        : [...grounds(element.parentElement), getComputedStyle(element).backgroundColor];
    const faint: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (element === null || text === "" || element.closest("script, noscript, option")) continue;
      if (!element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const behind = grounds(element);
      const front = paint([...behind, style.color]);
      const back = paint(behind);
      const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      const isLarge = Number.parseFloat(style.fontSize) >= 24;
      if (contrast < (isLarge ? 3 : 4.5)) faint.push(`${text}: ${contrast.toFixed(2)}`);
    }
    return faint;
  });

/** How many controls have no name, and how often what there is once in a page stands there. */
const structure = (page: Page) =>
  page.evaluate(() => {
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    return {
      nameless: [...document.querySelectorAll("button, a, input, select")].filter((element) => {
        const labels = "labels" in element ? (element.labels as NodeList | null) : null;
        const name = element.getAttribute("aria-label") ?? element.textContent;
        return name === "" && (labels?.length ?? 0) === 0;
      }).length,
      mains: document.querySelectorAll("main").length,
      firstHeadings: document.querySelectorAll("h1").length,
      repeatedIds: ids.length - new Set(ids).size,
    };
  });

describe.each(states)("%s", (_name, path) => {
  it("fits a phone without sideways scroll, from right to left and at 200 % text too, with targets for fingers", async () => {
    const { page, complaints } = await pages.open(path, { viewport: phone, hasTouch: true });
    expect((await overflow(page)).across).toBe(0);
    expect(await smallTargets(page)).toEqual([]);
    await page.evaluate(() => {
      document.documentElement.dir = "rtl";
    });
    expect((await overflow(page)).across).toBe(0);
    await page.route("**/double-text.css", (route) =>
      route.fulfill({ contentType: "text/css", body: "html { font-size: 200% !important }" }),
    );
    await page.addStyleTag({ url: "/double-text.css" });
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe(
      "32px",
    );
    expect((await overflow(page)).across).toBe(0);
    // Nor did the content security policy have to stop anything, nor was anything asked of others.
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("can be read in both themes, and everything in it has a name", async () => {
    const { page } = await pages.open(path, { reducedMotion: "reduce" });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await faintTexts(page)).toEqual([]);
    }
    expect(await structure(page)).toEqual({
      nameless: 0,
      mains: 1,
      firstHeadings: 1,
      repeatedIds: 0,
    });
    await page.context().close();
  });
});

describe("a call of any size", () => {
  it.each([
    ["phone", phone],
    ["phone lying down", { width: 740, height: 360 }],
    ["desktop", desktop],
    ["ultra-wide", ultraWide],
  ])("shows everybody on a %s without scroll", async (_name, viewport) => {
    const { page } = await pages.open("/r/x?phase=live&people=16&pictures=0#k", {
      viewport,
      reducedMotion: "reduce",
    });
    for (let count = 16; count >= 1; count -= 1) {
      const outside = await page.evaluate(async (people) => {
        const fake = window.fakeCall;
        fake?.become({ people: fake.call.snapshot().people.slice(0, people) });
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const stage = document.querySelector("section.stage")?.getBoundingClientRect();
        const tiles = [...document.querySelectorAll("article")];
        return {
          tiles: tiles.length,
          outside: tiles.filter((tile) => {
            const box = tile.getBoundingClientRect();
            return (
              stage === undefined ||
              box.top < stage.top - 2 ||
              box.bottom > stage.bottom + 2 ||
              box.left < 0 ||
              box.right > innerWidth
            );
          }).length,
        };
      }, count);
      expect(outside).toEqual({ tiles: count, outside: 0 });
      expect(await overflow(page)).toEqual({ across: 0, down: 0 });
    }
    await page.context().close();
  });
});

describe("the weight of the pages", () => {
  it("is at most 40 kB compressed, style sheets and library included", () => {
    expect(pages.sizeBytes).toBeLessThanOrEqual(40_000);
    expect(pages.sizeBytes).toBeGreaterThan(10_000);
  });
});
