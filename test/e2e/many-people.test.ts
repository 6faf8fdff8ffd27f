import { describe, expect, it } from "vitest";
import { startBots } from "../support/bots/bots.ts";
import {
  hearsSound,
  joinCall,
  seesExactly,
  seesMovingPicture,
  startCall,
} from "../support/in-a-call.ts";
import { useStage } from "../support/stage.ts";

describe("many people", () => {
  const stage = useStage();

  it("three see and hear one another", async () => {
    const names = ["Ann", "Bob", "Cem"] as const;
    const [ann, bob, cem] = [await stage.person(), await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await joinCall(cem, link, "Cem");
    for (const [index, person] of [ann, bob, cem].entries()) {
      const others = names.filter((_, at) => at !== index);
      await seesExactly(person, others);
      for (const other of others) {
        await seesMovingPicture(person, other);
        await hearsSound(person, other);
      }
    }
  });

  it("six, four of them in one page of bots, are all connected to all", async () => {
    const [ann, bob] = [await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    const bots = await startBots(await stage.browsers().chromium(), link);
    const names = ["Bot 1", "Bot 2", "Bot 3", "Bot 4"];
    for (const name of names) await bots.join(name);
    await joinCall(bob, link, "Bob");
    await seesExactly(ann, ["Bob", ...names]);
    await seesExactly(bob, ["Ann", ...names]);
    for (const name of names) {
      await seesMovingPicture(ann, name);
      await seesMovingPicture(bob, name);
      await hearsSound(bob, name);
    }
    await expect
      .poll(
        async () => {
          const reports = await bots.report();
          return reports.map(({ phase, others }) => [
            phase,
            others.filter(({ link: at }) => at === "connected").length,
          ]);
        },
        { timeout: 30_000 },
      )
      .toEqual(names.map(() => ["live", 5]));
    expect(bots.problems()).toEqual([]);
    await bots.close();
  });
});
