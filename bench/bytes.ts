import type { BrowserContext, Request } from "playwright-core";
import { compare, type Figure, type Part } from "./figure.ts";
import { newPage, openCall } from "./first-person.ts";
import { firstFrame } from "./page-marks.ts";
import type { SiteName } from "./site.ts";
import { openStand, type Stand } from "./stand.ts";

const MOST_BYTES = 130_000;

/** Everything that is transferred until a person is in a call, except the call. */
export const bytes: Part = {
  name: "bytes",
  about:
    "All bytes between page and service, both ways, until the person is in the call: bodies as they travel (gzip here; brotli at the edge is smaller), headers as HTTP/1.1 text, socket messages. No media.",
  limitSec: 90,
  measure: async () => {
    const stand = await openStand({ browsers: 2 });
    try {
      const sotto = await weigh(stand, "sotto");
      const bare = await weigh(stand, "bare");
      return [
        figure("landing, New call, Join: first person", sotto.first, bare.first),
        figure("link, Join, first frame: second person", sotto.second, bare.second),
        compare({
          name: "requests of the second person, socket included",
          unit: "×",
          ours: [sotto.requests],
          bare: [bare.requests],
        }),
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

async function weigh(stand: Stand, site: SiteName) {
  const [first, second] = stand.browsers;
  if (first === undefined || second === undefined) throw new TypeError("bytes: two browsers");
  let scale: Scale | undefined;
  const host = await openCall(first, site, stand.url(site), (context) => {
    scale = weighAll(context);
  });
  const atHost = await scale?.total();
  let guest: Scale | undefined;
  const page = await newPage(second, {
    name: "Grace",
    joinAtOnce: true,
    onContext: (context) => {
      guest = weighAll(context);
    },
  });
  await page.goto(host.link);
  await firstFrame(page);
  const atGuest = await guest?.total();
  await page.context().close();
  await host.page.context().close();
  if (atHost === undefined || atGuest === undefined)
    throw new TypeError("bytes: nothing was weighed");
  return { first: atHost.bytes, second: atGuest.bytes, requests: atGuest.requests };
}

type Scale = { readonly total: () => Promise<{ bytes: number; requests: number }> };

function weighAll(context: BrowserContext): Scale {
  const finished: Request[] = [];
  let socketBytes = 0;
  let sockets = 0;
  context.on("requestfinished", (request) => finished.push(request));
  context.on("page", (page) =>
    page.on("websocket", (socket) => {
      sockets += 1;
      const weighFrame = ({ payload }: { payload: string | Buffer }): void => {
        socketBytes += Buffer.byteLength(payload);
      };
      socket.on("framesent", weighFrame);
      socket.on("framereceived", weighFrame);
    }),
  );
  return {
    total: async () => {
      const sizes = await Promise.all(finished.map((request) => request.sizes()));
      const httpBytes = sizes.reduce(
        (sum, size) =>
          sum +
          size.requestHeadersSize +
          size.requestBodySize +
          size.responseHeadersSize +
          size.responseBodySize,
        0,
      );
      return { bytes: httpBytes + socketBytes, requests: finished.length + sockets };
    },
  };
}
