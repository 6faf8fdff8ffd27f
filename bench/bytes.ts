import { openCountingProxy } from "./counting-proxy.ts";
import { compare, type Figure, type Part } from "./figure.ts";
import { newPage, openCall } from "./first-person.ts";
import { firstFrame } from "./page-marks.ts";
import type { SiteName } from "./site.ts";
import { openStand, type Stand } from "./stand.ts";

const MOST_BYTES = 130_000;
const PORTS = { first: 8853, second: 8854 } as const;

/** Everything that is transferred until a person is in a call, except the call. */
export const bytes: Part = {
  name: "bytes",
  about:
    "All bytes on the wire between a fresh browser and the service, both ways, until the person is in the call: requests, headers, bodies as they travel (gzip here; the edge's brotli is within 3 % of it), socket messages, the crypto worker, styles. No media.",
  limitSec: 120,
  measure: async () => {
    const stand = await openStand({ browsers: 2 });
    try {
      const sotto = await weigh(stand, "sotto");
      const bare = await weigh(stand, "bare");
      return [
        figure("landing, New call, Join: first person", sotto.first, bare.first),
        figure("link, Join, first frame: second person", sotto.second, bare.second),
      ];
    } finally {
      await stand.close();
    }
  },
};

function figure(name: string, ours: number, bare: number): Figure {
  return {
    ...compare({ name, unit: "kB", ours: [ours / 1000], bare: [bare / 1000] }),
    target: { says: `≤ ${MOST_BYTES / 1000} kB`, met: ours <= MOST_BYTES },
  };
}

async function weigh(stand: Stand, site: SiteName): Promise<{ first: number; second: number }> {
  const [first, second] = stand.browsers;
  if (first === undefined || second === undefined) throw new TypeError("bytes: two browsers");
  const url = stand.url(site);
  const ways = await Promise.all([
    openCountingProxy({ url, port: PORTS.first }),
    openCountingProxy({ url, port: PORTS.second }),
  ]);
  const [hosts, guests] = ways;
  try {
    const host = await openCall(first, site, hosts.url);
    const atHost = hosts.bytes();
    const page = await newPage(second, { name: "Grace", joinAtOnce: true });
    await page.goto(host.link.replace(hosts.url, guests.url));
    await firstFrame(page);
    const atGuest = guests.bytes();
    await page.context().close();
    await host.page.context().close();
    return { first: atHost, second: atGuest };
  } finally {
    await Promise.all(ways.map((way) => way.close()));
  }
}
