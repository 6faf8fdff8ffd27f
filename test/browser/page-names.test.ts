import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Pages, startPages } from "../support/pages.ts";
import { appearsWithoutGesture } from "../support/without-gesture.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await startPages({ isStrict: false });
});
afterAll(() => pages.close());

const phaseOf = (page: Awaited<ReturnType<Pages["open"]>>["page"]) =>
  page.evaluate(() => document.documentElement.dataset["callPhase"]);

describe("names that people and tests both use", () => {
  it("the landing page has New call and takes a pasted link", async () => {
    const { page } = await pages.open("/");
    expect(await phaseOf(page)).toBeUndefined();
    await page.getByRole("textbox", { name: "Open a link" }).fill("nothing");
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await page.getByRole("alert").getByText("not a link to a call").waitFor();
    await page.getByRole("button", { name: "New call", exact: true }).click();
    await page.getByRole("button", { name: "Join", exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/r\//u);
    await page.context().close();
  });

  it("the lobby has Your name, Microphone, Camera and Join", async () => {
    const { page } = await pages.open("/r/x#k");
    expect(await phaseOf(page)).toBe("lobby");
    await page.getByRole("textbox", { name: "Your name", exact: true }).fill("Ann");
    const microphone = page.getByRole("button", { name: "Microphone", exact: true });
    const camera = page.getByRole("button", { name: "Camera", exact: true });
    expect(await microphone.getAttribute("aria-pressed")).toBe("true");
    await microphone.click();
    await camera.click();
    expect(await microphone.getAttribute("aria-pressed")).toBe("false");
    expect(await camera.getAttribute("aria-pressed")).toBe("false");
    for (const name of ["Which microphone", "Which camera", "Which speaker"]) {
      await page.getByRole("combobox", { name, exact: true }).waitFor();
    }
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await page.waitForFunction(() => document.documentElement.dataset["callPhase"] === "live");
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual([
      "name Ann",
      "turn microphone off",
      "turn camera off",
      "join",
    ]);
    await page.context().close();
  });

  it("Enter in the name field joins", async () => {
    const { page } = await pages.open("/r/x#k");
    await page.getByRole("textbox", { name: "Your name" }).press("Enter");
    await page.getByRole("region", { name: "Participants", exact: true }).waitFor();
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual(["join"]);
    await page.context().close();
  });

  it("each person is an article by name, with a video that plays", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=4&pictures=3#k");
    const region = page.getByRole("region", { name: "Participants", exact: true });
    for (const name of ["You", "Amara Okafor", "Jonas Lind", "Mei Tanaka"]) {
      await region.getByRole("article", { name, exact: true }).waitFor();
    }
    await page.waitForFunction(
      () => document.querySelectorAll("article video[data-playing]").length === 3,
    );
    expect(await region.getByRole("article", { name: "Mei Tanaka" }).locator("video").count()).toBe(
      0,
    );
    expect(
      await region
        .getByRole("article", { name: "Jonas Lind" })
        .getByRole("img", { name: "Muted" })
        .count(),
    ).toBe(1);
    await page.context().close();
  });

  it("the toolbar has the buttons that work, and only these", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    const buttons = page.getByRole("toolbar", { name: "Call controls" }).getByRole("button");
    expect(await buttons.evaluateAll((all) => all.map((one) => one.ariaLabel))).toEqual([
      "Microphone",
      "Camera",
      "People",
      "Copy link",
      "Settings",
      "Leave",
    ]);
    await page.getByRole("button", { name: "Leave", exact: true }).click();
    await page.getByRole("heading", { name: "You left the call" }).waitFor();
    expect(await phaseOf(page)).toBe("left");
    await page.getByRole("button", { name: "Rejoin", exact: true }).click();
    await page.getByRole("region", { name: "Participants" }).waitFor();
    await page.context().close();
  });

  it("joins are a status, failures an alert that can be dismissed", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=2#k");
    await page.evaluate(() => {
      window.fakeCall?.notice({ type: "joined", name: "Ann" });
      window.fakeCall?.notice({ type: "failure", code: "plaintext-stopped" });
    });
    await page.getByRole("status").getByText("Ann joined", { exact: true }).waitFor();
    const alert = page.getByRole("alert").getByText("Something was about to leave unencrypted");
    await alert.waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await alert.waitFor({ state: "detached" });
    expect(await page.getByRole("button", { name: "Dismiss" }).count()).toBe(0);
    await page.context().close();
  });

  it("the people panel says in words how each is reached", async () => {
    const { page } = await pages.open(
      "/r/x?phase=live&people=4&links=connected,connected,failed#k",
    );
    await page.getByRole("button", { name: "People" }).click();
    const list = page.getByRole("complementary", { name: "People" }).getByRole("listitem");
    expect(await list.allInnerTexts()).toEqual([
      expect.stringMatching(/Elena Marsh \(You\)\s+This device/u),
      expect.stringMatching(/Amara Okafor\s+Connected directly/u),
      expect.stringMatching(/Jonas Lind\s+No connection/u),
      expect.stringMatching(/Mei Tanaka\s+Connected through a relay/u),
    ]);
    await page.context().close();
  });

  it("a device can be changed in the call", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=2#k");
    await page.getByRole("button", { name: "Settings" }).click();
    const dialog = page.getByRole("dialog", { name: "Settings" });
    await dialog.getByRole("combobox", { name: "Which microphone" }).selectOption("Headset");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual([
      "choose microphone microphone-2",
    ]);
    await page.context().close();
  });
});

describe("how large people are on screen", () => {
  it("is told in device pixels, and 0×0 while the page is hidden", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k", { deviceScaleFactor: 2 });
    const told = () => page.evaluate(() => window.fakeCall?.views.get("member-1"));
    await page.waitForFunction(() => (window.fakeCall?.views.get("member-1")?.width ?? 0) > 100);
    // Tiles glide to their places: the last word counts.
    await page.waitForFunction(() => {
      const tile = document.querySelector('article[aria-label="Amara Okafor"]');
      const view = window.fakeCall?.views.get("member-1");
      return tile !== null && Math.abs(tile.clientWidth * 2 - (view?.width ?? 0)) <= 2;
    });
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    expect(await told()).toEqual({ width: 0, height: 0 });
    await page.context().close();
  });

  it("somebody who left is 0×0", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    await page.waitForFunction(() => (window.fakeCall?.views.get("member-2")?.width ?? 0) > 100);
    await page.evaluate(() => {
      const fake = window.fakeCall;
      fake?.become({ people: fake.call.snapshot().people.slice(0, 2) });
    });
    await page.waitForFunction(() => window.fakeCall?.views.get("member-2")?.width === 0);
    expect(await page.getByRole("article").count()).toBe(2);
    await page.context().close();
  });
});

describe("a browser that holds back sound", () => {
  it("offers Click to hear, once for everybody", async () => {
    const strict = await startPages({ isStrict: true });
    try {
      const { page } = await strict.open("/r/x?phase=live&people=3#k");
      await appearsWithoutGesture(page, ".hear button");
      const hear = page.getByRole("button", { name: "Click to hear", exact: true });
      await hear.click();
      await hear.waitFor({ state: "detached" });
      expect(await page.getByRole("article").count()).toBe(3);
    } finally {
      await strict.close();
    }
  });
});
