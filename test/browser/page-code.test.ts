import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { desktop, type Pages, phone, startPages } from "../support/pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await startPages({ isStrict: false });
});
afterAll(() => pages.close());

const dialogOf = (page: Page) => page.getByRole("dialog", { name: "Security code", exact: true });
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });

async function open(path: string, options?: Parameters<Pages["open"]>[1]): Promise<Page> {
  const { page } = await pages.open(path, options);
  await page.getByRole("button", { name: "Security code", exact: true }).press("Enter");
  await dialogOf(page).waitFor();
  return page;
}

describe("the dialog of the security code", () => {
  it("is not part of the first page, and comes when it is asked for", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    const scripts = (): Promise<number> =>
      page.evaluate(() => performance.getEntriesByType("resource").length);
    const before = await scripts();
    await page.getByRole("button", { name: "Security code", exact: true }).click();
    await dialogOf(page).waitFor();
    expect(await scripts()).toBeGreaterThan(before);
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual(["show code"]);
    await page.context().close();
  });

  it("is gone through by keyboard, keeps the focus inside, and gives it back on Escape", async () => {
    const page = await open("/r/x?phase=live&people=3&remembered=2#k");
    const order: string[] = [await focused(page)];
    for (let step = 0; step < 3; step += 1) {
      await page.keyboard.press("Tab");
      order.push(await focused(page));
    }
    expect(order).toEqual(["Close", "They match", "They don’t match", "Forget"]);
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press("Tab");
      const isBehind = await page.evaluate(
        () => document.activeElement?.closest(".controls, .call-name") !== null,
      );
      expect(isBehind).toBe(false);
    }
    // What switches microphone and camera does nothing behind it.
    await page.keyboard.press("m");
    await page.keyboard.press("Escape");
    // Closed first, and told of after.
    await page.waitForFunction(() => document.querySelector("dialog") === null);
    expect(await focused(page)).toBe("Security code");
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual(["show code", "hide code"]);
    await page.context().close();
  });

  it("says the signs by name and the digits one by one, in groups", async () => {
    const page = await open("/r/x?phase=live&people=3#k");
    const lists = await dialogOf(page)
      .getByRole("list")
      .evaluateAll((all) =>
        all.map((list) =>
          [...list.children].map((item) =>
            [...item.childNodes]
              .filter((node) => !(node instanceof Element && node.ariaHidden === "true"))
              .map((node) => node.textContent)
              .join(""),
          ),
        ),
      );
    expect(lists).toEqual([
      ["chicken", "hedgehog", "rice ball", "chess pawn", "shield", "dustbin"],
      ["1 0 4 4 7", "6 7 0 6 1", "9 7 6 0 4", "1 4 4 0 9", "5 9 3 1 9", "1 5 7 6 6"],
    ]);
    await page.context().close();
  });

  it("tells in a status when the code is there, and what became of it, with the focus on it", async () => {
    const page = await open("/r/x?phase=live&people=3&code=waiting#k");
    const status = dialogOf(page).getByRole("status");
    await status.getByText("Waiting for Amara Okafor…").waitFor();
    await page.evaluate(() => {
      const security = window.fakeCall?.call.snapshot().security;
      if (security === undefined) return;
      const code = { phase: "ready", signs: [0, 1, 2, 3, 4, 5], digits: "7".repeat(30) } as const;
      window.fakeCall?.become({ security: { ...security, code } });
    });
    await status.getByText("The code is ready.").waitFor();
    await dialogOf(page).getByRole("button", { name: "They match" }).press("Enter");
    await status.getByText("They match. Everybody here is marked as verified").waitFor();
    expect(await focused(page)).toMatch(/^They match\./u);
    await dialogOf(page).getByRole("button", { name: "Compare again" }).press("Enter");
    await dialogOf(page).getByRole("button", { name: "They don’t match" }).press("Enter");
    await status.getByText("Somebody may be listening in.").waitFor();
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual([
      "show code",
      `match ${"7".repeat(30)}`,
      `again ${"7".repeat(30)}`,
      `mismatch ${"7".repeat(30)}`,
    ]);
    await dialogOf(page).getByRole("button", { name: "Leave" }).press("Enter");
    await page.getByRole("button", { name: "Rejoin" }).click();
    // Nor does it stand there again.
    await page.getByRole("region", { name: "Participants" }).waitFor();
    expect(await dialogOf(page).count()).toBe(0);
    await page.context().close();
  });

  it("stays away, and it is told, where it can't be loaded", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    await page.route("**/code-dialog*", (route) => route.abort());
    await page.getByRole("button", { name: "Security code", exact: true }).click();
    await page.getByRole("alert").getByText("could not be loaded").waitFor();
    await page.context().close();
  });

  it.each([
    ["phone", phone],
    ["phone lying down", { width: 740, height: 360 }],
    ["desktop", desktop],
  ])("fits a %s, with text twice as large too", async (_name, viewport) => {
    const page = await open(
      "/r/x?phase=live&people=4&names=long&code=ready&newcomer&verdict=match&trust=changed,unknown,changed&remembered=3#k",
      { viewport, hasTouch: true },
    );
    const look = () =>
      page.evaluate(() => {
        const dialog = document.querySelector("dialog");
        if (dialog === null) throw new TypeError("page: expected a dialog");
        const box = dialog.getBoundingClientRect();
        const small = [...dialog.querySelectorAll("button")].filter((button) => {
          const { width, height } = button.getBoundingClientRect();
          return width < 43.9 || height < 43.9;
        });
        return {
          sideways: dialog.scrollWidth - dialog.clientWidth,
          isOnScreen: box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight,
          small: small.length,
        };
      });
    expect(await look()).toEqual({ sideways: 0, isOnScreen: true, small: 0 });
    await page.route("**/double-text.css", (route) =>
      route.fulfill({ contentType: "text/css", body: "html { font-size: 200% !important }" }),
    );
    await page.addStyleTag({ url: "/double-text.css" });
    expect(await look()).toEqual({ sideways: 0, isOnScreen: true, small: 0 });
    await page.context().close();
  });
});

describe("what the call says of identities", () => {
  it("a person who is not on the verified device is named in an alert, and on tile and list", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3&trust=verified,changed,verified#k");
    await page.evaluate(() => {
      window.fakeCall?.notice({ type: "identity-changed", name: "Amara Okafor" });
      window.fakeCall?.notice({ type: "joined-since-compared", name: "Jonas Lind" });
    });
    await page.getByRole("alert").getByText("Amara Okafor is not on the device").waitFor();
    await page.getByRole("status").getByText("Jonas Lind joined since you compared").waitFor();
    const tile = page.getByRole("article", { name: "Amara Okafor" });
    await tile.getByText("Not the device you verified").waitFor();
    const other = page.getByRole("article", { name: "Jonas Lind" });
    await other.getByRole("img", { name: "Verified" }).waitFor();
    await page.getByRole("button", { name: "People", exact: true }).click();
    const rows = page.getByRole("complementary", { name: "People" }).getByRole("listitem");
    expect((await rows.allInnerTexts()).map((text) => /verified/iu.exec(text)?.[0])).toEqual([
      undefined,
      "verified",
      "Verified",
    ]);
    await page.context().close();
  });
});
