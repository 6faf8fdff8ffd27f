import { afterAll, afterEach, beforeAll } from "vitest";
import { type Browsers, startBrowsers } from "./browsers.ts";
import type { ChromiumPerson } from "./chromium.ts";
import type { BrowserName, Person } from "./person.ts";
import { type SottoServer, startSottoServer } from "./sotto-server.ts";

/** The product and people in front of it, for one test file: people go after each test, the rest at the end. */
export type Stage = {
  readonly server: () => SottoServer;
  readonly browsers: () => Browsers;
  readonly person: (browser?: BrowserName) => Promise<Person>;
  readonly chromiumPerson: () => Promise<ChromiumPerson>;
};

/** `vars` is what an operator would set; it may wait for something that the file starts first. */
export function useStage(
  vars: () => Promise<Readonly<Record<string, string>>> = () => Promise.resolve({}),
): Stage {
  let server: SottoServer | undefined;
  let browsers: Browsers | undefined;
  let people: Person[] = [];
  const standing = <Part>(part: Part | undefined): Part => {
    if (part === undefined) throw new Error("the stage stands only while tests run");
    return part;
  };
  beforeAll(async () => {
    server = await startSottoServer({ vars: { STUN_URLS: "", ...(await vars()) } });
    browsers = await startBrowsers();
  });
  afterEach(async () => {
    await Promise.allSettled(people.map((person) => person.close()));
    people = [];
  });
  afterAll(async () => {
    await browsers?.close();
    await server?.close();
  });
  const keep = <Kind extends Person>(person: Kind): Kind => {
    people.push(person);
    return person;
  };
  return {
    server: () => standing(server),
    browsers: () => standing(browsers),
    person: async (browser = "chromium") => keep(await standing(browsers).newPerson(browser)),
    chromiumPerson: async () => keep(await standing(browsers).newChromium()),
  };
}
