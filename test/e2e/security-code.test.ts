import { describe, expect, it } from "vitest";
import type { ChromiumPerson } from "../support/chromium.ts";
import { joinCall, seesExactly, startCall } from "../support/in-a-call.ts";
import { useStage } from "../support/stage.ts";

/** Goes by Tab alone to the button of that name, and presses Enter. */
async function pressByKeyboard({ page }: ChromiumPerson, name: string): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    const isThere = await page.evaluate((wanted) => {
      const element = document.activeElement;
      return (element?.getAttribute("aria-label") ?? element?.textContent) === wanted;
    }, name);
    if (isThere) return page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
  }
  throw new Error(`by Tab alone: expected to reach ${name}`);
}

const dialogOf = ({ page }: ChromiumPerson) =>
  page.getByRole("dialog", { name: "Security code", exact: true });

/** Waits until a code of these digits' length is shown, and reads it as it is read out. */
async function codeOf(person: ChromiumPerson): Promise<string> {
  await dialogOf(person).getByText("They don’t match").waitFor();
  const items = dialogOf(person).getByRole("listitem");
  return (await items.allInnerTexts()).join(" ");
}

describe("the security code", () => {
  const stage = useStage();

  it("two people compare it by keyboard alone; a third joins, and both are told", async () => {
    const ann = await stage.chromiumPerson();
    const bob = await stage.chromiumPerson();
    const { url } = stage.server();
    const link = await startCall(ann, url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesExactly(ann, ["Bob"]);
    await seesExactly(bob, ["Ann"]);

    await pressByKeyboard(ann, "Security code");
    await pressByKeyboard(bob, "Security code");
    const [annSees, bobSees] = [await codeOf(ann), await codeOf(bob)];
    expect(annSees.match(/\d/gu)?.length).toBeGreaterThanOrEqual(30);
    expect(bobSees).toBe(annSees);
    for (const person of [ann, bob]) {
      await pressByKeyboard(person, "They match");
      await dialogOf(person).getByText("Everybody here is marked as verified").waitFor();
      await person.press("Escape");
      await dialogOf(person).waitFor({ state: "detached" });
    }
    await ann.page
      .getByRole("article", { name: "Bob" })
      .getByRole("img", { name: "Verified" })
      .waitFor();

    const cat = await stage.chromiumPerson();
    await joinCall(cat, link, "Cat");
    for (const person of [ann, bob]) {
      await person.page
        .getByRole("status")
        .getByText("Cat joined since you compared the security code")
        .waitFor();
      await pressByKeyboard(person, "Security code");
      await dialogOf(person).getByText("Cat joined since you compared. Compare again.").waitFor();
    }
    await pressByKeyboard(cat, "Security code");
    const three = await Promise.all([ann, bob, cat].map(codeOf));
    expect(new Set(three.map((text) => text.match(/\d/gu)?.join(""))).size).toBe(1);
    expect(three[0]).not.toBe(annSees);

    // Verified once is verified when they come back.
    await bob.reload();
    await bob.sees("button", "Join");
    await bob.click("button", "Join");
    await bob.page
      .getByRole("article", { name: "Ann" })
      .getByRole("img", { name: "Verified" })
      .waitFor();
    for (const person of [ann, bob, cat]) expect(person.problems()).toEqual([]);
  });
});
