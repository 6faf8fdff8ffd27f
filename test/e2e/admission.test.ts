import { describe, expect, it } from "vitest";
import { en } from "../../web/i18n/en.ts";
import {
  hearsSound,
  isIn,
  joinCall,
  seesExactly,
  seesMovingPicture,
  startCall,
} from "../support/in-a-call.ts";
import {
  admit,
  knock,
  opensControls,
  reads,
  seesWaiting,
  startKnockCall,
} from "../support/host-steps.ts";
import type { ChromiumPerson } from "../support/chromium.ts";
import { useStage } from "../support/stage.ts";

/** What has the focus, by its accessible name. */
const focused = (person: ChromiumPerson): Promise<string | null> =>
  person.page.evaluate(
    () =>
      document.activeElement?.getAttribute("aria-label") ??
      document.activeElement?.textContent ??
      null,
  );

describe("where a host lets people in", () => {
  const stage = useStage();

  it("who knocks waits in sight of themselves, is admitted, seen and heard, and comes back without a host", async () => {
    const [ada, bob, cem] = [
      await stage.person(),
      await stage.chromiumPerson(),
      await stage.person(),
    ];
    const link = await startKnockCall(ada, stage.server().url, "Ada");
    await knock(bob, link, "Bob");
    await reads(bob, en.waiting.hostHere);
    await admit(ada, "Bob");
    await isIn(bob, "live");
    await seesExactly(ada, ["Bob"]);
    await seesMovingPicture(ada, "Bob");
    await seesMovingPicture(bob, "Ada");
    await hearsSound(bob, "Ada");
    await hearsSound(ada, "Bob");
    await knock(cem, link, "Cem");
    await seesWaiting(ada);
    await ada.click("button", "Admit Cem");
    await isIn(cem, "live");
    await ada.press("Escape");
    await ada.click("button", "Leave");
    await seesExactly(cem, ["Bob"]);
    await bob.reload();
    await bob.click("button", "Join");
    await isIn(bob, "live");
    await seesExactly(bob, ["Cem"]);
    await seesMovingPicture(cem, "Bob");
    expect(bob.problems()).toEqual([]);
  });

  it("who is refused may ask again, who is blocked may not, and who stops waiting is in the lobby", async () => {
    const [ada, bob] = [await stage.person(), await stage.person()];
    const link = await startKnockCall(ada, stage.server().url, "Ada");
    await knock(bob, link, "Bob");
    await seesWaiting(ada);
    await ada.click("button", "Refuse Bob");
    await reads(bob, en.failures["knock-refused"].title);
    await bob.click("button", "Join");
    await isIn(bob, "knocking");
    await bob.click("button", "Stop waiting");
    await isIn(bob, "lobby");
    await reads(ada, "Nobody is waiting.");
    await bob.click("button", "Join");
    await ada.click("button", "Refuse and block Bob");
    await reads(bob, en.failures["knock-blocked"].title);
  });

  it("the keyboard alone admits, and the focus comes back", async () => {
    const [ada, bob] = [await stage.chromiumPerson(), await stage.person()];
    const link = await startKnockCall(ada, stage.server().url, "Ada");
    await knock(bob, link, "Bob");
    await ada.page.keyboard.press("p");
    const { page } = ada;
    for (let step = 0; step < 12; step += 1) {
      if ((await focused(ada)) === "1 person is waiting to join") break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await ada.sees("dialog", "Waiting to join");
    for (let step = 0; step < 4; step += 1) {
      if ((await focused(ada)) === "Admit Bob") break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await isIn(bob, "live");
    expect(await focused(ada)).toBe("Close");
    await page.keyboard.press("Escape");
    // A dialog is closed first, and told of after.
    await page.waitForFunction(
      () => document.activeElement?.getAttribute("aria-label") === "People",
    );
    await seesExactly(ada, ["Bob"]);
  });
});

describe("a host in an open call", () => {
  const stage = useStage();

  it("removes somebody for good: the link changes, and the others are told", async () => {
    const [ada, bob, cem] = [
      await stage.person(),
      await stage.person(),
      await stage.person(),
    ] as const;
    const link = await startCall(ada, stage.server().url, "Ada");
    await joinCall(bob, link, "Bob");
    await joinCall(cem, link, "Cem");
    await seesExactly(ada, ["Bob", "Cem"]);
    await ada.click("button", "People");
    await ada.click("button", "Actions for Bob");
    await ada.click("button", "Remove Bob…");
    await ada.sees("dialog", "Remove Bob?");
    await reads(ada, "from then on you let people in");
    await ada.click("button", "Remove");
    await isIn(bob, "left");
    await reads(bob, en.failures.banned.title);
    await reads(cem, "Ada removed Bob");
    await seesExactly(ada, ["Cem"]);
    await ada.sees("button", "Undo");
    const linkNow = await cem.evaluate(() => location.href);
    expect(linkNow).not.toBe(link);
    expect(linkNow).toBe(await ada.evaluate(() => location.href));
    await bob.goto(link);
    await reads(bob, en.failures["link-replaced"].title);
    await bob.goto(linkNow);
    await reads(bob, en.failures.banned.title);
    // Taken back, they are as welcome as before.
    await ada.click("button", "Undo");
    await reads(cem, "Ada lifted the ban of Bob");
    await joinCall(bob, linkNow, "Bob");
    await seesMovingPicture(cem, "Bob");
  });

  it("locks the call, gives it a new link, mutes, and ends it for all", async () => {
    const [ada, bob, cem] = [
      await stage.person(),
      await stage.person(),
      await stage.person(),
    ] as const;
    const link = await startCall(ada, stage.server().url, "Ada");
    await joinCall(bob, link, "Bob");
    await opensControls(ada);
    await ada.click("switch", "Lock the call");
    await reads(bob, "Ada locked the call");
    await cem.goto(link);
    await cem.fill("Your name", "Cem");
    await cem.click("button", "Join");
    await reads(cem, en.failures.locked.title);
    await ada.click("switch", "Lock the call");
    await reads(bob, "Ada unlocked the call");
    await ada.click("button", "New link");
    await reads(bob, "Ada gave the call a new link");
    await cem.goto(link);
    await reads(cem, en.failures["link-replaced"].title);
    await joinCall(cem, await ada.evaluate(() => location.href), "Cem");
    await seesExactly(ada, ["Bob", "Cem"]);
    await ada.press("Escape");
    await ada.click("button", "Actions for Bob");
    await ada.click("button", "Mute Bob");
    await reads(bob, "Ada muted you");
    await ada.click("button", "Host controls");
    await ada.click("button", "End for all…");
    await ada.click("button", "End the call");
    for (const person of [ada, bob, cem]) {
      await isIn(person, "left");
      await reads(person, en.left.ended.title);
    }
  });
});
