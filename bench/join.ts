import { setTimeout as delay } from "node:timers/promises";
import { compare, type Figure, type Part, spreadOf } from "./figure.ts";
import { newPage, openCall } from "./first-person.ts";
import { firstFrame, type PageMarks } from "./page-marks.ts";
import type { SiteName } from "./site.ts";
import { openStand, type Stand } from "./stand.ts";

const RUNS = 7;
/** How long somebody looks at themselves before they press Join. */
const LOOK_MS = 2_000;

const about =
  "From navigation to the first picture of the other, for the second person: a fresh profile, permission given, the name known, Join pressed the moment it is there. And from a click on Join two seconds later to that picture, against the bare page's from its offer.";

export const join: Part = {
  name: "join",
  about: `${about} All on one machine.`,
  limitSec: 240,
  measure: () => measureJoin(undefined),
};

export const joinFar: Part = {
  name: "join-50ms",
  about: `${about} Server and both people on hosts of their own, 50 ms from and to each other.`,
  limitSec: 300,
  measure: () => measureJoin(50),
};

async function measureJoin(roundTripMs: number | undefined): Promise<readonly Figure[]> {
  const stand = await openStand({
    browsers: 2,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
  });
  try {
    const bare: number[] = [];
    const offer: number[] = [];
    const sotto: number[] = [];
    const click: number[] = [];
    // The first round warms up server and browsers.
    for (let round = 0; round <= RUNS; round += 1) {
      const atBare = await visit(stand, "bare", "at-once");
      const atOnce = await visit(stand, "sotto", "at-once");
      const later = await visit(stand, "sotto", "later");
      if (round === 0) continue;
      bare.push(since(atBare, 0));
      offer.push(since(atBare, atBare.offerMs));
      sotto.push(since(atOnce, 0));
      click.push(since(later, later.joinMs));
    }
    const clicked = compare({
      name: "click on Join to first frame (bare: offer to first frame)",
      unit: "ms",
      ours: click,
      bare: offer,
    });
    const allowedMs = spreadOf(offer).median + (roundTripMs ?? 0);
    return [
      compare({
        name: "navigation to first frame",
        unit: "ms",
        ours: sotto,
        bare,
        atMost: 1.5,
      }),
      {
        ...clicked,
        target: {
          says: "≤ bare + one round trip",
          met: clicked.ours.median <= allowedMs,
        },
      },
    ];
  } finally {
    await stand.close();
  }
}

/** One call: the first person in it, and what the second one's page marked. */
async function visit(
  stand: Stand,
  site: SiteName,
  pressed: "at-once" | "later",
): Promise<PageMarks> {
  const [first, second] = stand.browsers;
  if (first === undefined || second === undefined) throw new TypeError("join: needs two browsers");
  const host = await openCall(first, site, stand.url(site));
  const page = await newPage(second, { name: "Grace", joinAtOnce: pressed === "at-once" });
  try {
    await page.goto(host.link, { waitUntil: "commit" });
    if (pressed === "later") {
      const button = page.getByRole("button", { name: "Join", exact: true });
      await button.waitFor();
      await delay(LOOK_MS);
      await button.click();
    }
    return await firstFrame(page);
  } finally {
    await page.context().close();
    await host.page.context().close();
  }
}

function since({ firstFrameMs }: PageMarks, startMs: number | undefined): number {
  if (firstFrameMs === undefined || startMs === undefined)
    throw new TypeError("join: the page did not mark what it should");
  return firstFrameMs - startMs;
}
