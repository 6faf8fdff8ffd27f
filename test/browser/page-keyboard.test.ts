import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Pages, startPages } from "../support/pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await startPages({ isStrict: false });
});
afterAll(() => pages.close());

/** Accessible names of what Tab reaches, in order, from the top of the page until it comes round. */
async function tabOrder(page: Page, most = 30): Promise<readonly string[]> {
  const order: string[] = [];
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return undefined;
      const label =
        "labels" in element ? (element.labels as NodeListOf<HTMLElement> | null)?.[0] : undefined;
      return (
        element.getAttribute("aria-label") ??
        label?.querySelector(".field-label")?.textContent ??
        element.textContent
      );
    });
    if (name === undefined) break;
    order.push(name.trim());
  }
  return order;
}

describe("by keyboard", () => {
  it("the landing page is read from top to bottom", async () => {
    const { page } = await pages.open("/");
    expect(await tabOrder(page)).toEqual([
      "Read the source",
      "New call",
      "Let people in myself",
      "Give it a name",
      "Open a link",
      "Open",
    ]);
    await page.context().close();
  });

  it("the lobby goes from devices over the name to Join", async () => {
    const { page } = await pages.open("/r/x#k");
    expect(await tabOrder(page)).toEqual([
      "Sotto",
      "Microphone",
      "Camera",
      "Your name",
      "Join",
      "Link to this call",
      "Copy link",
      "Which microphone",
      "Which camera",
      "Which speaker",
    ]);
    await page.context().close();
  });

  it("the call's controls come one after the other, each with a visible focus", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    const order = await tabOrder(page);
    expect(order).toEqual([
      "Security code",
      "Microphone",
      "Camera",
      "People",
      "Copy link",
      "Settings",
      "Leave",
    ]);
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(
        document.activeElement ?? document.body,
      );
      return `${outlineStyle} ${outlineWidth}`;
    });
    expect(outline).toBe("solid 3px");
    await page.context().close();
  });

  it("the people panel takes the focus and gives it back on Escape", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    await page.getByRole("button", { name: "People" }).press("Enter");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("aria-label") === "Close",
    );
    await page.keyboard.press("Escape");
    await page.getByRole("complementary", { name: "People" }).waitFor({ state: "detached" });
    expect(await focused()).toBe("People");
    await page.context().close();
  });

  it("M and V switch, but a name with an M in it is a name", async () => {
    const { page } = await pages.open("/r/x#k");
    await page.getByRole("textbox", { name: "Your name" }).fill("");
    await page.getByRole("textbox", { name: "Your name" }).pressSequentially("MV");
    expect(await page.evaluate(() => window.fakeCall?.call.snapshot().name)).toBe("MV");
    await page.getByRole("button", { name: "Join" }).focus();
    await page.keyboard.press("m");
    await page.keyboard.press("v");
    const asked = await page.evaluate(() => window.fakeCall?.asked);
    expect(asked?.filter((line) => line.startsWith("turn"))).toEqual([
      "turn microphone off",
      "turn camera off",
    ]);
    await page.context().close();
  });

  it("after a change of page the heading has the focus", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=2#k");
    await page.getByRole("button", { name: "Leave" }).press("Enter");
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      "You left the call",
    );
    await page.context().close();
  });

  it("a host's dialog takes the focus and gives it back, and what waits is answered one after the other", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3&host=host&knock&waiting=2#k");
    await page.getByRole("button", { name: "See who is waiting" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Waiting to join" });
    await dialog.getByRole("button", { name: "Admit Amara Okafor" }).press("Enter");
    await page.evaluate(() => {
      const { hosting } = window.fakeCall?.call.snapshot() ?? {};
      if (hosting !== undefined)
        window.fakeCall?.become({ hosting: { ...hosting, waiting: hosting.waiting.slice(1) } });
    });
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("aria-label") === "Admit Jonas Lind",
    );
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // The list's own way in comes back only now, so the focus goes to the other one, once it is there.
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("aria-label") === "People",
    );
    expect(await page.evaluate(() => window.fakeCall?.asked)).toEqual(["admit waiter-0"]);
    await page.context().close();
  });

  it("a host's part that does not come over the network says so, and comes at the next try", async () => {
    const { page } = await pages.open("/r/x?phase=live&people=3#k");
    await page.route(/host-dialogs/, (route) => route.abort());
    await page.evaluate(() =>
      window.fakeCall?.become({
        hosting: {
          role: "host",
          mode: "knock",
          locked: false,
          capacity: 16,
          waiting: [{ key: "amara", name: "Amara Okafor", isKnown: false }],
          bans: [],
          hostLinks: [],
          isKeyNews: false,
          undo: undefined,
        },
      }),
    );
    await page.getByRole("button", { name: "See who is waiting" }).click();
    const again = page.getByRole("button", { name: "Try again" });
    await again.waitFor();
    await page.unroute(/host-dialogs/);
    await again.click();
    await page.getByRole("button", { name: "Admit Amara Okafor" }).waitFor();
    await page.context().close();
  });
});
