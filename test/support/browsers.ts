import type { Browser } from "playwright-core";
import { launchChromium, newChromiumPerson } from "./chromium.ts";
import { newFirefoxPerson } from "./firefox.ts";
import type { BrowserName, Person } from "./person.ts";
import { startSound } from "./sound.ts";

export type Browsers = {
  /** A new person with an empty profile, in front of an empty page. */
  readonly newPerson: (
    browser: BrowserName,
    screen?: { readonly width: number; readonly height: number },
  ) => Promise<Person>;
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
  let chromium: Promise<Browser> | undefined;
  return {
    newPerson: async (browser, screen = { width: 1280, height: 720 }) => {
      const settings = { ...screen, isStrict, env: sound.env };
      if (browser === "chromium") chromium ??= launchChromium(settings);
      const person =
        chromium !== undefined && browser === "chromium"
          ? await newChromiumPerson(await chromium, settings)
          : await newFirefoxPerson(settings);
      people.push(person);
      return person;
    },
    close: async () => {
      await Promise.allSettled(people.map((person) => person.close()));
      await (await chromium)?.close();
      await sound.close();
    },
  };
}
