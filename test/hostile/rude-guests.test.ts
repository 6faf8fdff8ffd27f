import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../protocol/bytes.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { joinCall, seesExactly, seesMovingPicture } from "../support/in-a-call.ts";
import type { Person } from "../support/person.ts";
import { startRawGuest } from "../support/raw-guest.ts";
import { createRoom, edgeAt, type MadeRoom } from "../support/room-client-keys.ts";
import { useStage } from "../support/stage.ts";

const random = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));

describe("a guest with the link who speaks to the room directly", () => {
  const stage = useStage();
  let room: MadeRoom;
  beforeAll(async () => {
    room = await createRoom(edgeAt(stage.server().url));
  });

  /** Ann and Bob in a call, before and after what the guest does. */
  async function startPair(): Promise<{ readonly link: string; readonly ann: Person }> {
    room = await createRoom(edgeAt(stage.server().url));
    const link = `${stage.server().url}${room.linkPath}`;
    const [ann, bob] = [await stage.person(), await stage.person()];
    await joinCall(ann, link, "Ann");
    await joinCall(bob, link, "Bob");
    await seesMovingPicture(ann, "Bob");
    return { link, ann };
  }

  it("[LOG-2] [LOG-3] puts rubbish into the log as a join: nobody is let in, and the next person still gets in", async () => {
    const { link, ann } = await startPair();
    const guest = await startRawGuest(stage.server().url, room);
    const lobby = await guest.hears("lobby");
    if (lobby.groupId === undefined || lobby.epoch === undefined || lobby.seq === undefined) {
      throw new Error("expected a call to be live");
    }
    const commit = random(900);
    guest.send({
      type: "commit",
      kind: "join",
      groupId: lobby.groupId,
      epoch: lobby.epoch,
      after: lobby.seq,
      commit,
      groupInfo: random(900),
      commitHash: await sha256(commit),
    });
    await guest.hears("commit-taken");
    const cem = await stage.person();
    await joinCall(cem, link, "Cem");
    await seesExactly(ann, ["Bob", "Cem"]);
    await seesMovingPicture(ann, "Cem");
    await seesMovingPicture(ann, "Bob");
    guest.close();
  });

  it("[WIRE-3] [ROOM-8] sends rubbish, giants and a flood: is shut out, and the call notices nothing", async () => {
    const { ann } = await startPair();
    const rubbish = await startRawGuest(stage.server().url, room);
    for (let count = 0; count < 3; count += 1) rubbish.sendBytes(random(40));
    expect((await rubbish.isClosed()).code).toBe(4000);
    expect((await rubbish.hears("failure")).code).toBe("message-malformed");

    const giant = await startRawGuest(stage.server().url, room);
    giant.sendBytes(new Uint8Array(LIMITS.messageBytes + 1));
    expect((await giant.hears("failure")).code).toBe("message-too-large");
    giant.close();

    const flood = await startRawGuest(stage.server().url, room);
    for (let count = 0; count < 1_000; count += 1) {
      flood.send({ type: "is-gone", memberId: room.hostDevice.memberId });
    }
    expect((await flood.isClosed()).reason).toBe("flood");

    await seesExactly(ann, ["Bob"]);
    await seesMovingPicture(ann, "Bob");
    expect(ann.problems()).toEqual([]);
  });

  it("[GROUP-4] says things only members may say: is refused by code, and nobody hears of it", async () => {
    const { ann } = await startPair();
    const guest = await startRawGuest(stage.server().url, room);
    const { groupId } = await guest.hears("lobby");
    if (groupId === undefined) throw new Error("expected a call to be live");
    guest.send({ type: "cast", groupId, cast: random(200) });
    expect(await guest.hears("failure")).toMatchObject({ code: "not-in-call", about: "cast" });
    guest.send({ type: "bye", groupId, bye: random(200) });
    guest.send({ type: "signal", to: room.hostDevice.memberId, signal: random(200) });
    await seesExactly(ann, ["Bob"]);
    await seesMovingPicture(ann, "Bob");
    expect(ann.problems()).toEqual([]);
    guest.close();
  });

  it("[CAST-1] a guest takes markup for a name: it is shown as the characters it is, and nothing of it runs", async () => {
    const { link, ann } = await startPair();
    const name = `<img src=x onerror="document.title='owned'"><b>Ann</b>`;
    const guest = await stage.person();
    await joinCall(guest, link, name);
    await seesExactly(ann, ["Bob", name]);
    await seesMovingPicture(ann, name);
    expect(
      await ann.evaluate(() => ({
        elements: document.querySelectorAll("main img, main b, [onerror]").length,
        isOwned: document.title.includes("owned"),
      })),
    ).toEqual({ elements: 0, isOwned: false });
    expect(ann.problems()).toEqual([]);
  });
});
