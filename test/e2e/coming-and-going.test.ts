import { describe, expect, it } from "vitest";
import { isIn, joinCall, seesExactly, seesMovingPicture, startCall } from "../support/in-a-call.ts";
import { useStage } from "../support/stage.ts";

describe("coming and going", () => {
  const stage = useStage();

  it("a reload is back in the call with one click, as the same person with one tile", async () => {
    const [ann, bob] = [await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesMovingPicture(ann, "Bob");
    await bob.reload();
    await bob.click("button", "Join");
    await isIn(bob, "live");
    await seesExactly(ann, ["Bob"]);
    await seesExactly(bob, ["Ann"]);
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");
  });

  it("a tab that crashes is taken off everybody's screen", async () => {
    const [ann, bob] = [await stage.person(), await stage.chromiumPerson()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesExactly(ann, ["Bob"]);
    const session = await bob.page.context().newCDPSession(bob.page);
    // It never answers: the page it would answer from is gone.
    session.send("Page.crash").catch(() => {});
    await seesExactly(ann, []);
  });

  it("who is alone after a crash comes back to their own call", async () => {
    const ann = await stage.chromiumPerson();
    const link = await startCall(ann, stage.server().url, "Ann");
    const page = await ann.page.context().newPage();
    const session = await ann.page.context().newCDPSession(ann.page);
    session.send("Page.crash").catch(() => {});
    await page.goto(link);
    await page.getByRole("button", { name: "Join", exact: true }).click();
    await page.waitForFunction(() => document.documentElement.dataset["callPhase"] === "live");
    expect(await page.getByRole("article").count()).toBe(1);
  });

  it("a second tab offers to move the call, and takes it over", async () => {
    const [ann, bob] = [await stage.chromiumPerson(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesExactly(bob, ["Ann"]);
    const second = await ann.page.context().newPage();
    await second.goto(link);
    await second.getByRole("button", { name: "Move the call here", exact: true }).click();
    await second.waitForFunction(() => document.documentElement.dataset["callPhase"] === "live");
    await isIn(ann, "left");
    await seesExactly(bob, ["Ann"]);
    await seesMovingPicture(bob, "Ann");
  });

  it("two who join at the same instant are both in, and see all", async () => {
    const people = [await stage.person(), await stage.person(), await stage.person()] as const;
    const [ann, bob, cem] = people;
    const link = await startCall(ann, stage.server().url, "Ann");
    await Promise.all(
      [bob, cem].map(async (person, index) => {
        await person.goto(link);
        await person.sees("button", "Join");
        await person.fill("Your name", index === 0 ? "Bob" : "Cem");
      }),
    );
    await Promise.all([bob, cem].map((person) => person.click("button", "Join")));
    await seesExactly(ann, ["Bob", "Cem"]);
    await seesExactly(bob, ["Ann", "Cem"]);
    await seesExactly(cem, ["Ann", "Bob"]);
    await seesMovingPicture(bob, "Cem");
    await seesMovingPicture(cem, "Bob");
  });

  it("ten times in and out leaves the call as it was", async () => {
    const [ann, bob] = [await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    for (let round = 0; round < 10; round += 1) {
      await seesExactly(ann, ["Bob"]);
      await bob.click("button", "Leave");
      await isIn(bob, "left");
      await seesExactly(ann, []);
      await bob.click("button", "Rejoin");
      await isIn(bob, "live");
    }
    await seesMovingPicture(ann, "Bob");
    expect(ann.problems()).toEqual([]);
    expect(bob.problems()).toEqual([]);
  });

  it("a camera that is turned off is gone from the others' screens, and comes back", async () => {
    const [ann, bob] = [await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesMovingPicture(ann, "Bob");
    await bob.click("button", "Camera");
    await ann.waitFor(
      "the picture of Bob to go",
      () => document.querySelector('article[aria-label="Bob"] video') === null,
    );
    await bob.click("button", "Camera");
    await seesMovingPicture(ann, "Bob");
    await bob.click("button", "Microphone");
    await ann.waitFor(
      "Bob to be marked as muted",
      () => document.querySelector('article[aria-label="Bob"] .tag-muted') !== null,
    );
  });
});
