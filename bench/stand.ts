import type { Browser } from "playwright-core";
import { beforeEnd } from "../scripts/lifetime.ts";
import { chromiumProgram, launchChromium } from "../test/support/chromium.ts";
import { startSound } from "../test/support/sound.ts";
import { openDelayedNetwork } from "./netlab/delayed-network.ts";
import { openSite, type SiteName } from "./site.ts";

const PORTS: Readonly<Record<SiteName, number>> = { sotto: 8850, bare: 8851 };

/** Both services up, and browsers in front of them. */
export type Stand = {
  readonly url: (site: SiteName) => string;
  /** One Chromium for each that was asked for, with an empty profile. */
  readonly browsers: readonly Browser[];
  readonly close: () => Promise<void>;
};

/**
 * Serves Sotto and the bare page side by side and starts `browsers` Chromiums with a sound device.
 *
 * With `roundTripMs`, services and browsers are hosts of their own, and that is what a packet and its
 * answer take between any two of them; else all share this machine's loopback.
 */
export async function openStand(options: {
  readonly browsers: number;
  readonly roundTripMs?: number;
  readonly sites?: readonly SiteName[];
}): Promise<Stand> {
  const { roundTripMs, sites = ["sotto", "bare"] } = options;
  const closers: (() => Promise<void>)[] = [];
  // Once only, though both the part and the end of the command may ask.
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll(closers));
  beforeEnd(close);
  try {
    const network =
      roundTripMs === undefined
        ? undefined
        : await openDelayedNetwork({ oneWayMs: roundTripMs / 2, hosts: 1 + options.browsers });
    if (network !== undefined) closers.push(network.close);
    const [server, ...seats] = network?.hosts ?? [];
    const host = server?.address ?? "127.0.0.1";
    const urls = new Map<SiteName, string>();
    for (const name of sites) {
      const site = await openSite({ name, host, port: PORTS[name], prefix: server?.prefix ?? [] });
      closers.push(site.close);
      urls.set(name, site.url);
    }
    const sound = await startSound();
    closers.push(sound.close);
    const browsers: Browser[] = [];
    for (let index = 0; index < options.browsers; index += 1) {
      const seat = seats[index];
      const browser = await launchChromium({
        env: sound.env,
        isStrict: false,
        ...(seat === undefined ? {} : { program: seat.wrap(chromiumProgram()) }),
        // Cameras are for secure contexts, and these addresses have no certificate.
        moreArguments: [
          `--unsafely-treat-insecure-origin-as-secure=${[...urls.values()].join(",")}`,
        ],
      });
      closers.push(() => browser.close());
      browsers.push(browser);
    }
    const url = (name: SiteName): string => {
      const found = urls.get(name);
      if (found === undefined) throw new TypeError(`stand: ${name} is not served here`);
      return found;
    };
    return { url, browsers, close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  // What came last stands on what came before.
  for (const closeOne of closers.toReversed()) await closeOne().catch(() => {});
}
