import { setTimeout as delay } from "node:timers/promises";
import type { Page } from "playwright-core";
import { type Figure, type Part, spreadOf } from "./figure.ts";
import { openStand, type Stand } from "./stand.ts";

const RUNS = 3;
/** What a person needs to see a button and press it. */
const ACTION_MS = 300;
const MOST_ACTIONS = 5;
const MOST_SEC = 15;

/** Two people who have never been here, each action taking its time: until both hear the other. */
export const newcomer: Part = {
  name: "newcomer",
  about: `A newcomer makes a call, sends the link and is heard, and hears: fresh profiles, default answers, ${ACTION_MS} ms for each action, the browser's question for the devices counted as one.`,
  limitSec: 120,
  measure: async () => {
    const stand = await openStand({ browsers: 2, sites: ["sotto"] });
    try {
      const times: number[] = [];
      const actions: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const visit = await meet(stand);
        times.push(visit.ms);
        actions.push(visit.actions);
      }
      return figures(times, actions);
    } finally {
      await stand.close();
    }
  },
};

function figures(times: readonly number[], actions: readonly number[]): readonly Figure[] {
  const time = spreadOf(times);
  const most = spreadOf(actions);
  return [
    {
      name: "landing to two people hearing each other",
      unit: "ms",
      ours: time,
      target: { says: `≤ ${MOST_SEC} s`, met: time.median <= MOST_SEC * 1000 },
    },
    {
      name: "actions of the one who acts most",
      unit: "actions",
      ours: most,
      target: { says: `≤ ${MOST_ACTIONS}`, met: most.max <= MOST_ACTIONS },
    },
  ];
}

async function meet(stand: Stand): Promise<{ ms: number; actions: number }> {
  const [first, second] = stand.browsers;
  if (first === undefined || second === undefined) throw new TypeError("newcomer: two browsers");
  const pages = await Promise.all(
    [first, second].map(async (browser) => {
      const context = await browser.newContext({ permissions: ["camera", "microphone"] });
      return context.newPage();
    }),
  );
  const [ada, grace] = pages;
  if (ada === undefined || grace === undefined) throw new TypeError("newcomer: two pages");
  try {
    const startMs = performance.now();
    const adas = new Hand(ada);
    const graces = new Hand(grace);
    await ada.goto(stand.url("sotto"));
    await adas.press("New call");
    await ada.waitForURL("**/r/**");
    await adas.answerTheBrowser();
    // Copying it and pasting it to a friend is one action each.
    await adas.press("Copy link");
    const sent = adas.act(() => Promise.resolve(ada.url()));
    const theirs = sent.then(async (link) => {
      await graces.act(() => grace.goto(link));
      await graces.answerTheBrowser();
      await graces.press("Join");
    });
    const ours = sent.then(() => adas.press("Join"));
    await Promise.all([theirs, ours]);
    await Promise.all(pages.map(hearsSomebody));
    return {
      ms: performance.now() - startMs,
      actions: Math.max(adas.actions, graces.actions),
    };
  } finally {
    await Promise.all(pages.map((page) => page.context().close()));
  }
}

/** Does what a person does, at a person's pace, and counts it. */
class Hand {
  readonly #page: Page;
  actions = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  async act<Answer>(what: () => Promise<Answer>): Promise<Answer> {
    this.actions += 1;
    await delay(ACTION_MS);
    return what();
  }

  async press(name: string): Promise<void> {
    const button = this.#page.getByRole("button", { name, exact: true }).first();
    await button.waitFor();
    await this.act(() => button.click());
  }

  /** The browser here allows the devices by itself; a person presses "Allow". */
  answerTheBrowser(): Promise<void> {
    return this.act(() => Promise.resolve());
  }
}

/** Measured where it is heard: on what the page's audio elements of others play. */
async function hearsSomebody(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const context = new AudioContext();
    await context.resume();
    const listening = new Map<MediaStream, AnalyserNode>();
    const samples = new Float32Array(1024);
    const isLoud = (): boolean => {
      for (const element of document.querySelectorAll<HTMLMediaElement>(
        'article:not([aria-label="You"]) audio',
      )) {
        const stream = element.srcObject;
        if (!(stream instanceof MediaStream) || element.paused || element.muted) continue;
        if (stream.getAudioTracks().length === 0) continue;
        let analyser = listening.get(stream);
        if (analyser === undefined) {
          analyser = new AnalyserNode(context, { fftSize: 1024 });
          context.createMediaStreamSource(stream).connect(analyser);
          listening.set(stream, analyser);
        }
        analyser.getFloatTimeDomainData(samples);
        if (samples.some((sample) => Math.abs(sample) > 0.01)) return true;
      }
      return false;
    };
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("nobody was heard within 20 s")), 20_000);
      const timer = setInterval(() => {
        if (!isLoud()) return;
        clearInterval(timer);
        clearTimeout(late);
        resolve();
      }, 10);
    });
    await context.close();
  });
}
