import { describe, expect, it } from "vitest";
import { isIn, joinCall, seesExactly, seesMovingPicture, startCall } from "../support/in-a-call.ts";
import { useStage } from "../support/stage.ts";

describe("the service", () => {
  const stage = useStage();

  it("[ROOM-7] may crash and come back in the middle of a call: pictures go on, and newcomers get in", async () => {
    const [ann, bob, cem] = [await stage.person(), await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesMovingPicture(ann, "Bob");

    await stage.server().stop("SIGKILL");
    await isIn(ann, "reconnecting");
    await isIn(bob, "reconnecting");
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");

    await stage.server().start();
    await isIn(ann, "live");
    await isIn(bob, "live");
    await seesExactly(ann, ["Bob"]);
    await joinCall(cem, link, "Cem");
    await seesExactly(ann, ["Bob", "Cem"]);
    await seesMovingPicture(cem, "Ann");
    await seesMovingPicture(cem, "Bob");
  });

  it("is not there: the lobby says so, and joins by itself once it is", async () => {
    const [ann, bob] = [await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await bob.goto(link);
    await bob.sees("button", "Join");
    await stage.server().stop("SIGKILL");
    await bob.fill("Your name", "Bob");
    await bob.click("button", "Join");
    await isIn(bob, "joining");
    await stage.server().start();
    await isIn(bob, "live");
    await seesExactly(ann, ["Bob"]);
    expect(stage.server().output()).not.toContain("Error");
  });
});
