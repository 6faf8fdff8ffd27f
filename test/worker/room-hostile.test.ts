import { afterEach, describe, expect, it, vi } from "vitest";
import { clientMessageCodec } from "../../protocol/client-messages.ts";
import { encodeCbor } from "../../protocol/cbor.ts";
import { CLOSE } from "../../protocol/failure-codes.ts";
import { LIMITS } from "../../protocol/limits.ts";
import {
  commitOf,
  createRoom,
  newDevice,
  randomBytes,
  RoomClient,
  startCall,
} from "./support/room-under-test.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A bystander in the call, who must notice nothing, and somebody who will misbehave. */
async function withBystander() {
  const room = await createRoom();
  const { client: good } = await RoomClient.visit(room, await newDevice());
  const groupId = await startCall(good);
  const { client: bad } = await RoomClient.visit(room, await newDevice());
  const stillHeard = async (): Promise<void> => {
    good.send({ type: "is-gone", memberId: good.device.memberId });
    expect(await good.next("gone")).toMatchObject({ gone: false });
    expect(good.unread("failure")).toEqual([]);
    expect(good.closed).toBeUndefined();
  };
  return { room, groupId, good, bad, stillHeard };
}

describe("hostile frames", () => {
  it.each([
    ["message-malformed", new Uint8Array([0xff, 0x00])],
    ["message-malformed", "hello"],
    ["message-too-large", new Uint8Array(LIMITS.messageBytes + 1)],
    [
      "message-unknown",
      encodeCbor(
        new Map<number, string | number>([
          [0, 1],
          [1, "open-sesame"],
        ]),
      ),
    ],
  ] as const)(
    "[WIRE-3] %s is told, the third closes, and nobody else notices",
    async (code, frame) => {
      const { bad, stillHeard } = await withBystander();
      for (let count = 0; count < 3; count += 1) bad.sendRaw(frame);
      expect(await bad.next("failure")).toMatchObject({ code });
      expect(await bad.whenClosed()).toEqual({ code: CLOSE.refused, reason: code });
      await stillHeard();
    },
  );

  it("[WIRE-2] an unknown version is told and closed", async () => {
    const { bad, stillHeard } = await withBystander();
    const frame = clientMessageCodec.encode({ type: "is-gone", memberId: bad.device.memberId });
    frame[2] = 9;
    bad.sendRaw(frame);
    expect(await bad.next("failure")).toMatchObject({ code: "version-unknown" });
    expect(await bad.whenClosed()).toEqual({ code: CLOSE.refused, reason: "version-unknown" });
    await stillHeard();
  });

  it("[WIRE-4] ping is answered without waking the room, any number of times", async () => {
    const { bad } = await withBystander();
    bad.sendRaw("ping");
    expect(await bad.nextText()).toBe("pong");
  });

  it("[ROOM-8] a flood is told, then closed, and the room goes on", async () => {
    // No bucket fills while no time passes.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { bad, stillHeard } = await withBystander();
    const frame = clientMessageCodec.encode({ type: "is-gone", memberId: bad.device.memberId });
    for (let count = 0; count < 400; count += 1) bad.sendRaw(frame);
    expect(await bad.whenClosed()).toEqual({ code: CLOSE.refused, reason: "flood" });
    expect(
      bad.unread("failure").filter((message) => "code" in message && message.code === "flood"),
    ).toHaveLength(2);
    await stillHeard();
  });

  it("[LOG-3] rubbish as the next commit is refused, and the call goes on", async () => {
    const { room, groupId, good, bad } = await withBystander();
    bad.send(await commitOf({ groupId, epoch: 0, after: 0, kind: "join" }));
    await bad.next("commit-taken");
    good.send({ type: "applied", groupId, seq: 1 as never });
    const { client: third } = await RoomClient.visit(room, await newDevice());
    bad.send(await commitOf({ groupId, epoch: 1, after: 1, kind: "member" }));
    await bad.next("commit-taken");
    good.send({ type: "refused", groupId, seq: 2 as never });
    expect(await bad.next("failure")).toMatchObject({ code: "entries-gone", about: "resume" });
    bad.send(await commitOf({ groupId, epoch: 1, after: 2, kind: "join" }));
    expect(await bad.next("failure")).toMatchObject({ code: "committer-paused" });
    third.send(await commitOf({ groupId, epoch: 1, after: 2, kind: "join" }));
    expect(await third.next("commit-taken")).toMatchObject({ seq: 3, epoch: 1 });
  });

  it("[CALL-1] the 17th is told that the call is full", async () => {
    const room = await createRoom();
    const { client: first } = await RoomClient.visit(room, await newDevice());
    const groupId = await startCall(first);
    for (let count = 0; count < 15; count += 1) {
      const { client } = await RoomClient.visit(room, await newDevice());
      client.send(await commitOf({ groupId, epoch: count, after: count, kind: "join" }));
      await client.next("commit-taken");
      first.send({ type: "applied", groupId, seq: (count + 1) as never });
    }
    const { client: late, lobby } = await RoomClient.visit(room, await newDevice());
    expect(lobby.inCall).toBe(16);
    late.send(await commitOf({ groupId, epoch: 15, after: 15, kind: "join" }));
    expect(await late.next("failure")).toEqual({
      type: "failure",
      code: "call-full",
      about: "commit",
    });
  });

  it("the console stays empty whatever is sent: no id, token or key is ever printed", async () => {
    const printed = (["log", "info", "warn", "error", "debug"] as const).map((method) =>
      vi.spyOn(console, method),
    );
    const { bad, good, groupId } = await withBystander();
    bad.sendRaw(randomBytes(100));
    bad.send(await commitOf({ groupId, epoch: 7, after: 9, kind: "member" }));
    await bad.next("failure");
    good.close();
    bad.close();
    await bad.whenClosed();
    for (const method of printed) expect(method).not.toHaveBeenCalled();
  });
});
