import { afterAll, describe, it } from "vitest";
import { hearsSound, joinCall, seesMovingPicture, startCall } from "../support/in-a-call.ts";
import { useStage } from "../support/stage.ts";
import { startTurnServer, type TurnServer } from "../support/turn-server.ts";

describe.each(["udp", "tcp"] as const)("with no path but TURN over %s", (transport) => {
  let turn: TurnServer | undefined;
  const stage = useStage(async () => {
    turn = await startTurnServer();
    return {
      TURN_URLS: turn.urls[transport],
      TURN_SECRET: turn.secret,
      ICE_TRANSPORT_POLICY: "relay",
    };
  });
  afterAll(() => turn?.close());

  it("two people see and hear each other, and are told that they are relayed", async () => {
    const [ann, bob] = [await stage.person("chromium"), await stage.person("firefox")];
    const link = await startCall(ann, stage.server().url, "Ann");
    await joinCall(bob, link, "Bob");
    await seesMovingPicture(ann, "Bob");
    await seesMovingPicture(bob, "Ann");
    await hearsSound(ann, "Bob");
    await hearsSound(bob, "Ann");
    await ann.click("button", "People");
    await ann.waitFor("the list to say relayed", () => /relay/iu.test(document.body.textContent));
  });
});
