import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { compare, type Figure, type Part } from "./figure.ts";
import { newPage, openCall } from "./first-person.ts";
import { framesShown } from "./frames-shown.ts";
import { readProcessorTimes } from "./processor-times.ts";
import type { SiteName } from "./site.ts";
import { openStand, type Stand } from "./stand.ts";

/** Six take so long to gather on two processors that one round is what there is time for; it has 30 pictures. */
const roundsOf = (people: number): number => (people > 4 ? 1 : 2);
/** Until rates and sizes have settled. */
const SETTLE_MS = 5_000;
const WINDOW_MS = 10_000;
const ALL_THERE_MS = 100_000;

const part = (people: number): Part => ({
  name: `people-${people}`,
  about: `${people} people in whole browsers, all in one Chromium on this machine, each seen by each: frames a second at each receiver over ${WINDOW_MS / 1000} s, and how busy the machine was, against the bare page's mesh.`,
  limitSec: 180,
  measure: async () => {
    const stand = await openStand({ browsers: 1 });
    try {
      const seen: Record<SiteName, Busy[]> = { sotto: [], bare: [] };
      for (let round = 0; round < roundsOf(people); round += 1) {
        for (const site of ["bare", "sotto"] as const)
          seen[site].push(await meet(stand, site, people));
      }
      return figures(seen, people);
    } finally {
      await stand.close();
    }
  },
});

export const people: readonly Part[] = [2, 4, 6].map(part);

/** What one call was like, and what it took. */
type Busy = { readonly framesPerSec: readonly number[]; readonly cpuPercent: number };

function figures(seen: Record<SiteName, Busy[]>, count: number): readonly Figure[] {
  return [
    compare({
      name: `${count} people: each picture at each receiver`,
      unit: "frames/s",
      ours: seen.sotto.flatMap(({ framesPerSec }) => framesPerSec),
      bare: seen.bare.flatMap(({ framesPerSec }) => framesPerSec),
    }),
    compare({
      name: `${count} people: processors of the machine`,
      unit: "%",
      ours: seen.sotto.map(({ cpuPercent }) => cpuPercent),
      bare: seen.bare.map(({ cpuPercent }) => cpuPercent),
    }),
  ];
}

async function meet(stand: Stand, site: SiteName, count: number): Promise<Busy> {
  const [browser] = stand.browsers;
  if (browser === undefined) throw new TypeError("people: needs a browser");
  const host = await openCall(browser, site, stand.url(site));
  const pages = [host.page];
  try {
    while (pages.length < count) pages.push(await joinCall(browser, host.link, pages.length));
    await Promise.all(pages.map((page) => seesAll(page, count - 1)));
    await delay(SETTLE_MS);
    const busyBefore = readProcessorTimes();
    const before = await Promise.all(pages.map(framesShown));
    await delay(WINDOW_MS);
    const after = await Promise.all(pages.map(framesShown));
    const busy = readProcessorTimes();
    return {
      framesPerSec: after.flatMap((tiles, person) =>
        tiles.map(({ frames, atMs }, index) => {
          const earlier = before[person]?.[index];
          if (earlier === undefined) throw new Error("people: somebody came or went meanwhile");
          return ((frames - earlier.frames) * 1000) / (atMs - earlier.atMs);
        }),
      ),
      cpuPercent: (100 * (busy.used - busyBefore.used)) / (busy.all - busyBefore.all),
    };
  } finally {
    await Promise.all(pages.map((page) => page.context().close()));
  }
}

async function joinCall(browser: Browser, link: string, index: number): Promise<Page> {
  const page = await newPage(browser, { name: `Person ${index + 1}`, joinAtOnce: true });
  await page.goto(link);
  return page;
}

async function seesAll(page: Page, others: number): Promise<void> {
  await page.waitForFunction(
    (expected) => {
      const videos = [
        ...document.querySelectorAll<HTMLVideoElement>('article:not([aria-label="You"]) video'),
      ];
      return videos.length === expected && videos.every((video) => video.videoWidth > 0);
    },
    others,
    { polling: 200, timeout: ALL_THERE_MS },
  );
}
