import { describe, expect, it } from "vitest";
import {
  hearsSound,
  isIn,
  joinCall,
  seesExactly,
  seesMovingPicture,
  startCall,
} from "../support/in-a-call.ts";
import { type BrowserName, foreignRequests } from "../support/person.ts";
import { useStage } from "../support/stage.ts";

describe("two people", () => {
  const stage = useStage();

  it.each<[BrowserName, BrowserName]>([
    ["chromium", "chromium"],
    ["chromium", "firefox"],
    ["firefox", "chromium"],
    ["firefox", "firefox"],
  ])("in %s and %s see and hear each other, by name", async (first, second) => {
    const ann = await stage.person(first);
    const bob = await stage.person(second);
    const { url } = stage.server();
    const link = await startCall(ann, url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesExactly(ann, ["Bob"]);
    await seesExactly(bob, ["Ann"]);
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");
    await hearsSound(ann, "Bob");
    await hearsSound(bob, "Ann");

    await bob.click("button", "Leave");
    await isIn(bob, "left");
    await seesExactly(ann, []);
    for (const person of [ann, bob]) {
      expect(person.problems()).toEqual([]);
      expect(foreignRequests(person, url)).toEqual([]);
    }
  });
});
