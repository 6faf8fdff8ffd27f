import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browsers, startBrowsers } from "../support/browsers.ts";
import { buildPages } from "../support/built-pages.ts";
import { type PageServer, servePages } from "../support/page-server.ts";
import type { BrowserName, Person } from "../support/person.ts";

describe("one's own microphone and camera", () => {
  let page: PageServer;
  let browsers: Browsers;
  let strict: Browsers;

  beforeAll(async () => {
    page = await servePages(await buildPages(new URL("./support/media-page/", import.meta.url)));
    browsers = await startBrowsers();
    strict = await startBrowsers({ isStrict: true });
  });
  afterAll(async () => {
    await browsers.close();
    await strict.close();
    await page.close();
  });

  const visit = async (from: Browsers, browser: BrowserName): Promise<Person> => {
    const person = await from.newPerson(browser);
    await person.goto(page.url);
    await person.waitFor("the page's script", () => globalThis.localMedia !== undefined);
    return person;
  };
  const turnOnBoth = (person: Person) =>
    person.evaluate(async () => {
      await Promise.all([localMedia.turn("microphone", true), localMedia.turn("camera", true)]);
    });
  const phases = (person: Person) =>
    person.evaluate(() => {
      const { microphone, camera } = localMedia.state();
      return [microphone, camera].map((stream) =>
        stream.phase === "failed" ? stream.code : stream.phase,
      );
    });

  it.each(["chromium", "firefox"] as const)(
    "%s: are off until asked for, then on with their devices' names",
    async (browser) => {
      const person = await visit(browsers, browser);
      expect(await phases(person)).toEqual(["off", "off"]);
      await turnOnBoth(person);
      expect(await phases(person)).toEqual(["on", "on"]);
      const { kinds, hasPreview } = await person.evaluate(() => ({
        kinds: localMedia.state().devices.map(({ kind }) => kind),
        hasPreview: localMedia.state().preview instanceof MediaStream,
      }));
      expect(kinds).toEqual(expect.arrayContaining(["microphone", "camera"]));
      expect(hasPreview).toBe(true);
      await person.waitFor("the meter to move", () => localMedia.microphoneLevel() > 0.01);
      await person.close();
    },
  );

  it.each(["chromium", "firefox"] as const)(
    "%s: a muted microphone is silent and kept, a camera that is off is given back",
    async (browser) => {
      const person = await visit(browsers, browser);
      await turnOnBoth(person);
      const after = await person.evaluate(async () => {
        const trackOf = (stream: "camera" | "microphone") => {
          const state = localMedia.state()[stream];
          return state.phase === "on" ? (state.track as MediaStreamTrack) : undefined;
        };
        const [microphone, camera] = [trackOf("microphone"), trackOf("camera")];
        await localMedia.turn("microphone", false);
        await localMedia.turn("camera", false);
        const muted = { enabled: microphone?.enabled, level: localMedia.microphoneLevel() };
        await localMedia.turn("microphone", true);
        return {
          muted,
          isSameMicrophone: trackOf("microphone") === microphone && microphone?.enabled === true,
          camera: camera?.readyState,
          preview: localMedia.state().preview,
        };
      });
      expect(after).toEqual({
        muted: { enabled: false, level: 0 },
        isSameMicrophone: true,
        camera: "ended",
      });
      expect(await phases(person)).toEqual(["on", "off"]);
      await person.close();
    },
  );

  it("who turns a camera off while it is still being opened gets no camera", async () => {
    const person = await visit(browsers, "chromium");
    await person.evaluate(async () => {
      const opening = localMedia.turn("camera", true);
      await localMedia.turn("camera", false);
      await opening;
    });
    expect(await phases(person)).toEqual(["off", "off"]);
    await person.close();
  });

  it("a chosen device is used at once, and again after a reload", async () => {
    const person = await visit(browsers, "chromium");
    await turnOnBoth(person);
    const label = () =>
      person.evaluate(() => {
        const { microphone } = localMedia.state();
        return microphone.phase === "on" ? microphone.label : "";
      });
    const other = await person.evaluate(() => {
      const { microphone, devices } = localMedia.state();
      const current = microphone.phase === "on" ? microphone.label : "";
      return devices.find((device) => device.kind === "microphone" && device.label !== current);
    });
    await person.evaluate((id) => localMedia.choose("microphone", id), other?.deviceId ?? "");
    expect(await label()).toBe(other?.label);
    await person.reload();
    await person.waitFor("the devices", () => globalThis.localMedia?.state().devices.length > 0);
    await turnOnBoth(person);
    expect(await label()).toBe(other?.label);
    await person.close();
  });

  it("Chromium without permission says that it was denied, for each", async () => {
    const person = await visit(strict, "chromium");
    await turnOnBoth(person);
    expect(await phases(person)).toEqual(["media-denied", "media-denied"]);
    await person.close();
  });
});
