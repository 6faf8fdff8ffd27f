import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { CLOSE } from "../../protocol/failure-codes.ts";
import {
  createRoom,
  newDevice,
  prepareRoom,
  randomBytes,
  RoomClient,
  upgrade,
} from "./support/room-under-test.ts";

const inAnHourSec = (): number => Math.floor(Date.now() / 1000) + 3_600;

describe("the door of a room object", () => {
  it("[HTTP-1] a room is made once; alike is the same, anything else another's", async () => {
    const { stub, creation } = await prepareRoom();
    expect(await stub.createRoom(creation)).toBe("made");
    expect(await stub.createRoom(creation)).toBe("same");
    expect(await stub.createRoom({ ...creation, accessHash: randomBytes(32) })).toBe("other");
  });

  it("[HTTP-2] access is by the access hash, and a proof is used once, though the object is evicted between", async () => {
    const { memberId } = await newDevice();
    const { stub, creation } = await createRoom({ roles: [{ memberId, role: "host" }] });
    const request = {
      accessHash: creation.accessHash,
      memberId,
      shown: undefined,
      proofHash: randomBytes(32),
      proofExpiresAtSec: inAnHourSec(),
    };
    expect(await stub.checkAccess(request)).toMatchObject({ ok: true, value: { role: "host" } });
    await evictDurableObject(stub);
    expect(await stub.checkAccess(request)).toEqual({
      ok: false,
      error: { code: "proof-replayed" },
    });
    const wrong = { ...request, accessHash: randomBytes(32), proofHash: randomBytes(32) };
    expect(await stub.checkAccess(wrong)).toEqual({ ok: false, error: { code: "access-wrong" } });
  });

  it("[ROOM-6, HTTP-2] a room nobody made is unknown, and asking leaves nothing behind", async () => {
    const room = await prepareRoom();
    const { memberId } = await newDevice();
    const asked = await room.stub.checkAccess({
      accessHash: randomBytes(32),
      memberId,
      shown: undefined,
      proofHash: randomBytes(32),
      proofExpiresAtSec: inAnHourSec(),
    });
    expect(asked).toEqual({ ok: false, error: { code: "room-unknown" } });
    const answer = await upgrade(room, memberId);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ code: "room-unknown" });
    await runInDurableObject(room.stub, async (_, { storage }) => {
      expect(storage.sql.exec("SELECT name FROM sqlite_master").toArray()).toEqual([]);
      expect([...(await storage.list()).keys()]).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("[SOCKET-1] an upgrade is answered with sotto.v1 alone, and a request that is none with 426", async () => {
    const room = await createRoom();
    const { memberId } = await newDevice();
    const answer = await upgrade(room, memberId);
    expect(answer.status).toBe(101);
    expect(answer.headers.get("Sec-WebSocket-Protocol")).toBe("sotto.v1");
    answer.webSocket?.accept();
    answer.webSocket?.close(1000, "");
    const plain = await room.stub.fetch("https://edge/");
    expect([plain.status, await plain.json()]).toEqual([426, { code: "upgrade-required" }]);
  });

  it("[SOCKET-1] an upgrade without the word of the edge is refused, whatever else it brings", async () => {
    const room = await createRoom();
    const answer = await room.stub.fetch("https://edge/?_pk=chosen", {
      headers: { Upgrade: "websocket", "x-partykit-props": "nonsense" },
    });
    expect([answer.status, await answer.json()]).toEqual([401, { code: "token-missing" }]);
  });

  it("[SOCKET-2] a signature over another nonce, or by another's key, closes the socket", async () => {
    const room = await createRoom();
    const [device, other] = [await newDevice(), await newDevice()];
    const forged = await RoomClient.open(room, device);
    await forged.next("challenge");
    const signature = await device.key.sign(randomBytes(32));
    forged.send({ type: "prove", roomDeviceKey: device.key.publicKey, signature });
    expect(await forged.whenClosed()).toEqual({ code: CLOSE.refused, reason: "challenge-failed" });

    // Another device's true signature does not make it the token's member.
    const stolen = await RoomClient.open(room, { memberId: device.memberId, key: other.key });
    await stolen.prove();
    expect(await stolen.whenClosed()).toEqual({ code: CLOSE.refused, reason: "challenge-failed" });
  });

  it("[SOCKET-2] a token proves one socket: used again, it is asked for anew", async () => {
    const room = await createRoom();
    const device = await newDevice();
    const { client } = await RoomClient.visit(room, device, { jti: "the same token" });
    const again = await RoomClient.open(room, device, { jti: "the same token" });
    await again.prove();
    expect(await again.whenClosed()).toEqual({ code: CLOSE.again, reason: "proof-replayed" });
    expect(client.closed).toBeUndefined();
    client.close();
  });

  it("[SOCKET-2] what is sent right behind the signature is heard after it", async () => {
    const room = await createRoom();
    const client = await RoomClient.open(room, await newDevice());
    await client.prove();
    client.send({ type: "is-gone", memberId: client.device.memberId });
    expect(await client.next("failure")).toEqual({
      type: "failure",
      code: "not-in-call",
      about: "is-gone",
    });
  });

  it("[SOCKET-3] a newer socket of a member closes the older", async () => {
    const room = await createRoom();
    const device = await newDevice();
    const { client: older } = await RoomClient.visit(room, device);
    await RoomClient.visit(room, device);
    expect(await older.whenClosed()).toEqual({ code: CLOSE.replaced, reason: "socket-replaced" });
  });
});
