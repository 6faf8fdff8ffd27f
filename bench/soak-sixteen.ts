import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { type Bots, startBots } from "../test/support/bots/bots.ts";
import { type Figure, type Part, spreadOf } from "./figure.ts";
import { newPage, openCall } from "./first-person.ts";
import { framesShown } from "./frames-shown.ts";
import { readProcessorTimes } from "./processor-times.ts";
import { openStand } from "./stand.ts";

const WHOLE = 3;
const BOTS = 13;
const PEOPLE = WHOLE + BOTS;
const HOLD_MS = 60_000;
const LOOK_EACH_MS = 5_000;
/** Until everybody is connected to everybody: 120 connections on one machine. */
const GATHER_MS = 180_000;

/** Sixteen people in one call for a minute. */
export const soak: Part = {
  name: "soak",
  about: `A call of ${PEOPLE} held for ${HOLD_MS / 1000} s on one machine: ${WHOLE} people in whole browsers, and ${BOTS} in one page with the product's own core and crypto worker, who send 160×120 at 5 frames a second.`,
  limitSec: 420,
  onlyByName: true,
  measure: async () => {
    const stand = await openStand({ browsers: 2, sites: ["sotto"] });
    const [browser, botBrowser] = stand.browsers;
    if (browser === undefined || botBrowser === undefined)
      throw new TypeError("soak: needs two browsers");
    try {
      const startMs = performance.now();
      const host = await openCall(browser, "sotto", stand.url("sotto"));
      const pages = [host.page];
      while (pages.length < WHOLE) pages.push(await joinCall(browser, host.link, pages.length));
      const bots = await startBots(botBrowser, host.link);
      for (let number = 1; number <= BOTS; number += 1) await bots.join(`Bot ${number}`);
      await everybodyConnected(pages, bots);
      const gatherMs = performance.now() - startMs;
      const figures = await hold(pages, bots);
      await bots.close();
      return [one("until everybody is connected to everybody", "ms", gatherMs), ...figures];
    } finally {
      await stand.close();
    }
  },
};

const one = (name: string, unit: Figure["unit"], value: number): Figure => ({
  name,
  unit,
  ours: spreadOf([value]),
});

async function hold(pages: readonly Page[], bots: Bots): Promise<readonly Figure[]> {
  const connected: number[] = [];
  const framesPerSec: number[] = [];
  const before = readProcessorTimes();
  const endMs = performance.now() + HOLD_MS;
  let earlier = await Promise.all(pages.map(framesShown));
  while (performance.now() < endMs) {
    await delay(LOOK_EACH_MS);
    const shown = await Promise.all(pages.map(framesShown));
    framesPerSec.push(
      ...shown.flatMap((tiles, person) =>
        tiles.map(({ frames, atMs }, index) => {
          const last = earlier[person]?.[index];
          return last === undefined ? 0 : ((frames - last.frames) * 1000) / (atMs - last.atMs);
        }),
      ),
    );
    earlier = shown;
    connected.push(await connectedShare(pages, bots));
  }
  const after = readProcessorTimes();
  const share = spreadOf(connected.map((part) => 100 * part));
  const problems = bots.problems().length;
  return [
    {
      name: `links of the ${PEOPLE * (PEOPLE - 1)} that are connected`,
      unit: "%",
      ours: share,
      target: { says: "100 % at every look", met: share.min === 100 },
    },
    {
      name: "each picture at each whole browser",
      unit: "frames/s",
      ours: spreadOf(framesPerSec),
    },
    one(
      "processors of the machine",
      "%",
      (100 * (after.used - before.used)) / (after.all - before.all),
    ),
    {
      ...one("errors in the page of bots", "×", problems),
      target: { says: "none", met: problems === 0 },
    },
  ];
}

async function joinCall(browser: Browser, link: string, index: number): Promise<Page> {
  const page = await newPage(browser, { name: `Person ${index + 1}`, joinAtOnce: true });
  await page.goto(link);
  await page.waitForSelector('html[data-call-phase="live"]', { state: "attached" });
  return page;
}

async function everybodyConnected(pages: readonly Page[], bots: Bots): Promise<void> {
  const endMs = performance.now() + GATHER_MS;
  let share = 0;
  while (share < 1) {
    if (performance.now() > endMs)
      throw new Error(`soak: ${Math.round(100 * share)} % of the links were connected in time`);
    await delay(1_000);
    share = await connectedShare(pages, bots);
  }
}

/** How many of all links, each counted at both its ends, are connected. In a whole browser that is a picture that has a size. */
async function connectedShare(pages: readonly Page[], bots: Bots): Promise<number> {
  const [reports, tiles] = await Promise.all([bots.report(), Promise.all(pages.map(framesShown))]);
  const atBots = reports.flatMap(({ others }) => others).filter(({ link }) => link === "connected");
  const atWhole = tiles.flat().filter(({ width }) => width > 0);
  return (atBots.length + atWhole.length) / (PEOPLE * (PEOPLE - 1));
}
