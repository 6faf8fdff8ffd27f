import type { SignalBody } from "../../../protocol/signal.ts";
import type { VideoCodec } from "../../../web/core/negotiation/sdp-trim.ts";
import type { LinkOptions } from "../../../web/core/peer-link.ts";
import { buildPages } from "../../support/built-pages.ts";
import { startBrowsers } from "../../support/browsers.ts";
import { servePages } from "../../support/page-server.ts";
import type { BrowserName, Person } from "../../support/person.ts";
import type { Behaviour } from "./link-page/marking-transforms.ts";

type Size = { readonly width: number; readonly height: number };
type End = {
  readonly browser: BrowserName;
  readonly behaviour?: Behaviour;
  readonly camera?: Size;
  readonly preferAv1?: boolean;
  /** Whom this end expects, where that is not who is there. */
  readonly peerFingerprint?: readonly number[];
};

/** Two pages with a link to each other, and the carrier of their signals. */
export type LinkPair = {
  /** Who offered first; impolite, so that its offer wins over the other's. */
  readonly offerer: Person;
  readonly answerer: Person;
  /** Every signal that was carried, oldest first. */
  readonly carried: readonly { readonly from: Person; readonly body: SignalBody }[];
  /** Holds signals back, and lets them go on in their order. */
  readonly hold: () => void;
  /** Who has said something that is held back. */
  readonly held: () => readonly Person[];
  readonly release: () => void;
  readonly close: () => Promise<void>;
};

type PairOptions = {
  readonly offerer: End;
  readonly answerer: End;
  readonly videoCodecs?: readonly VideoCodec[];
  readonly ice?: Partial<Pick<LinkOptions, "iceServers" | "iceTransportPolicy">>;
  /** What the carrier makes of a signal on its way. */
  readonly alter?: (body: SignalBody) => SignalBody;
};

/** The browsers of one test file and the page they open: started once, for a browser takes seconds to start. */
export type LinkBench = {
  readonly url: string;
  /** Opens the page in two browsers, connects them as two members of a call would be, and carries what they say. */
  readonly pair: (options: PairOptions) => Promise<LinkPair>;
  /** Ends all pairs; the browsers stay. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function startLinkBench(): Promise<LinkBench> {
  const page = await servePages(await buildPages(new URL("./link-page/", import.meta.url)));
  const browsers = await startBrowsers();
  const people = new Map<string, Promise<Person>>();
  let pairs: LinkPair[] = [];
  const personFor = (side: string, browser: BrowserName): Promise<Person> => {
    const person = people.get(`${side} ${browser}`) ?? browsers.newPerson(browser);
    people.set(`${side} ${browser}`, person);
    return person;
  };
  const clear = async (): Promise<void> => {
    const open = pairs;
    pairs = [];
    await Promise.all(open.map((pair) => pair.close()));
  };
  return {
    url: page.url,
    pair: async (options) => {
      const pair = await openLinkPair(personFor, page.url, options);
      pairs.push(pair);
      return pair;
    },
    clear,
    close: async () => {
      await clear();
      await browsers.close();
      await page.close();
    },
  };
}

async function openLinkPair(
  personFor: (side: string, browser: BrowserName) => Promise<Person>,
  url: string,
  options: PairOptions,
): Promise<LinkPair> {
  const { videoCodecs = ["VP9", "VP8"], ice = {}, alter = (body) => body } = options;
  const start = async (side: string, end: End) => {
    const person = await personFor(side, end.browser);
    await person.goto(url);
    await person.waitFor("the page's script", () => globalThis.linkPage !== undefined);
    const session = { behaviour: end.behaviour ?? ("marking" as const), videoCodecs };
    const fingerprint = await person.evaluate((given) => linkPage.start(given), session);
    return { person, fingerprint, end };
  };
  const [offering, answering] = await Promise.all([
    start("offerer", options.offerer),
    start("answerer", options.answerer),
  ]);
  const open = (own: typeof offering, peer: typeof offering, polite: boolean) =>
    own.person.evaluate((link) => linkPage.open(link), {
      polite,
      peerFingerprint: own.end.peerFingerprint ?? peer.fingerprint,
      ice,
      preferAv1: own.end.preferAv1 ?? false,
      ...(own.end.camera === undefined ? {} : { camera: own.end.camera }),
    });
  await open(offering, answering, false);
  await open(answering, offering, true);
  await offering.person.evaluate(() => linkPage.offer());

  const carried: { from: Person; body: SignalBody }[] = [];
  const held = new Set<Person>();
  let gate: PromiseWithResolvers<void> | undefined;
  const release = (): void => {
    gate?.resolve();
    gate = undefined;
  };
  const lifetime = new AbortController();
  const carry = async (from: Person, to: Person): Promise<void> => {
    while (!lifetime.signal.aborted) {
      const bodies = (await from.evaluate(() => linkPage.take())).map(alter);
      held.add(from);
      await gate?.promise;
      held.delete(from);
      carried.push(...bodies.map((body) => ({ from, body })));
      if (bodies.length > 0) await to.evaluate((given) => linkPage.receive(given), bodies);
    }
  };
  // A page that was closed ends it; what then does not happen is what the test says of it.
  const carrying = Promise.allSettled([
    carry(offering.person, answering.person),
    carry(answering.person, offering.person),
  ]);
  return {
    offerer: offering.person,
    answerer: answering.person,
    carried,
    hold: () => {
      gate = Promise.withResolvers();
    },
    held: () => [...held],
    release,
    close: async () => {
      lifetime.abort();
      release();
      for (const { person } of [offering, answering]) await person.evaluate(() => linkPage.close());
      await carrying;
      for (const { person } of [offering, answering]) {
        // Not another test's page: pictures and sound of this one would go on.
        await person.goto("about:blank");
      }
    },
  };
}

/** Waits until the page has seen the event. */
export const happens = (person: Person, event: string, timeoutMs = 20_000): Promise<void> =>
  person.waitFor(`event "${event}"`, (wanted) => linkPage.events().includes(wanted), event, {
    timeoutMs,
  });

/** Waits until this many more pictures of the peer have been drawn. */
export async function showsMoreFrames(person: Person, more: number): Promise<void> {
  const shown = await person.evaluate(() => linkPage.framesShown());
  await person.waitFor(
    `${more} more pictures`,
    (wanted) => linkPage.framesShown() >= wanted,
    shown + more,
  );
}
