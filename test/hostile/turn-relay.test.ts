import { afterAll, describe, expect, it } from "vitest";
import { joinCall, seesMovingPicture, startCall } from "../support/in-a-call.ts";
import type { Person } from "../support/person.ts";
import { type RewritingRelay, startRewritingRelay } from "../support/rewriting-relay.ts";
import { useStage } from "../support/stage.ts";
import { startTurnServer, type TurnServer } from "../support/turn-server.ts";

/** Waits until what somebody's tile shows has been one and the same picture for two seconds. */
const seesStillPicture = (person: Person, name: string): Promise<void> =>
  person.waitFor(
    `the picture of ${name} to stand still`,
    async (wanted) => {
      const video = [...document.querySelectorAll("article")]
        .find((article) => article.getAttribute("aria-label") === wanted)
        ?.querySelector("video");
      if (!video) return true;
      return new Promise<boolean>((resolve) => {
        const late = setTimeout(resolve, 2_000, true);
        video.requestVideoFrameCallback(() => {
          clearTimeout(late);
          resolve(false);
        });
      });
    },
    name,
    { timeoutMs: 30_000 },
  );

describe("a relay that changes what it carries", () => {
  let turn: TurnServer | undefined;
  let relay: RewritingRelay | undefined;
  const stage = useStage(async () => {
    turn = await startTurnServer();
    relay = await startRewritingRelay(turn.port);
    return { TURN_URLS: relay.url, TURN_SECRET: turn.secret, ICE_TRANSPORT_POLICY: "relay" };
  });
  afterAll(async () => {
    relay?.close();
    await turn?.close();
  });

  it("[FRAME-3] the relay turns over a bit of every picture and sound: none of them is shown, and they go on when it stops; of every packet: that is told, and the call comes back", async () => {
    if (relay === undefined) throw new Error("expected a relay");
    const [ann, bob] = [await stage.person(), await stage.person()];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");

    relay.rewrite("media");
    const changedBefore = relay.rewritten();
    await seesStillPicture(ann, "Bob");
    await seesStillPicture(bob, "Ann");
    expect(relay.rewritten()).toBeGreaterThan(changedBefore + 20);
    relay.rewrite("nothing");
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");

    relay.rewrite("everything");
    for (const person of [ann, bob]) {
      await person.waitFor(
        "the tile to say that it is reconnecting",
        () => /reconnecting/iu.test(document.querySelector("main")?.textContent ?? ""),
        undefined,
        { timeoutMs: 45_000 },
      );
    }
    relay.rewrite("nothing");
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");
    expect([...ann.problems(), ...bob.problems()]).toEqual([]);
  });
});
