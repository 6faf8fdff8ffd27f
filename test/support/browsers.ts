import type { Browser } from "playwright-core";
import { type ChromiumPerson, launchChromium, newChromiumPerson } from "./chromium.ts";
import { newFirefoxPerson } from "./firefox.ts";
import type { BrowserName, Person } from "./person.ts";
import { startSound } from "./sound.ts";

type Screen = { readonly width: number; readonly height: number };
const DESKTOP: Screen = { width: 1280, height: 720 };

export type Browsers = {
  /** A new person with an empty profile, in front of an empty page. */
  readonly newPerson: (browser: BrowserName, screen?: Screen) => Promise<Person>;
  readonly newChromium: (screen?: Screen) => Promise<ChromiumPerson>;
  /** The one Chromium of all its people. */
  readonly chromium: () => Promise<Browser>;
  /** Closes every person and everything started for them. */
  readonly close: () => Promise<void>;
};

/**
 * The browsers of one test file: one Chromium with a context a person, one Firefox a person, and a
 * sound device for them. Nothing is started before it is asked for.
 *
 * `isStrict` leaves permissions and autoplay as a visitor finds them, where failures of real life show.
 */
export async function startBrowsers(
  options: { readonly isStrict?: boolean } = {},
): Promise<Browsers> {
  const isStrict = options.isStrict ?? false;
  const sound = await startSound();
  const people: Person[] = [];
  let launched: Promise<Browser> | undefined;
  const settingsFor = (screen: Screen) => ({ ...screen, isStrict, env: sound.env });
  const chromium = (): Promise<Browser> => {
    launched ??= launchChromium(settingsFor(DESKTOP));
    return launched;
  };
  const keep = <Kind extends Person>(person: Kind): Kind => {
    people.push(person);
    return person;
  };
  const newChromium = async (screen = DESKTOP): Promise<ChromiumPerson> =>
    keep(await newChromiumPerson(await chromium(), settingsFor(screen)));
  return {
    newPerson: async (browser, screen = DESKTOP) =>
      browser === "chromium"
        ? newChromium(screen)
        : keep(await newFirefoxPerson(settingsFor(screen))),
    newChromium,
    chromium,
    close: async () => {
      await Promise.allSettled(people.map((person) => person.close()));
      await (await launched)?.close();
      await sound.close();
    },
  };
}
