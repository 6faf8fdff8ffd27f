import { describe, expect, it } from "vitest";
import { tokenAnswerSchema } from "../../protocol/http.ts";
import * as v from "valibot";
import {
  claimsOf,
  createRoom,
  getToken,
  makeDevice,
  makeRoom,
  postJson,
  tokenBody,
} from "../support/room-client-keys.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

const answerOf = async (response: Response) => ({
  status: response.status,
  body: await response.json(),
});

const nowSec = () => Math.floor(Date.now() / 1000);

describe("POST /api/rooms/:id/tokens", () => {
  it("[HTTP-2] who holds the link gets a token and ICE servers in one answer", async () => {
    const edge = edgeUnderTest({ vars: { STUN_URLS: "stun:stun.example:3478" } });
    const room = await createRoom(edge);
    const answer = await getToken(edge, room, await makeDevice());
    expect(v.parse(tokenAnswerSchema, answer)).toMatchObject({
      iceServers: [{ urls: ["stun:stun.example:3478"] }],
      iceTransportPolicy: "all",
    });
  });

  it("[TOKEN-1] the token names issuer, room, member, role, expiry and the device's key", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const device = await makeDevice();
    const { token, expiresAtSec } = await getToken(edge, room, device);
    expect(claimsOf(token)).toEqual({
      iss: edge.origin,
      aud: room.roomId,
      sub: device.memberId,
      role: "member",
      iat: expect.any(Number),
      exp: expiresAtSec,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/) },
    });
    expect(expiresAtSec - nowSec()).toBeGreaterThan(590);
    expect(expiresAtSec - nowSec()).toBeLessThanOrEqual(600);
  });

  it("[TOKEN-1] the device that the door policy lists as host gets that role", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const { token } = await getToken(edge, room, room.hostDevice);
    expect(claimsOf(token)).toMatchObject({ role: "host" });
  });

  it("[HTTP-2] a room nobody made is unknown", async () => {
    const room = await makeRoom();
    const body = await tokenBody(room, await makeDevice());
    const response = await postJson(edgeUnderTest(), `/api/rooms/${room.roomId}/tokens`, body);
    expect(await answerOf(response)).toEqual({ status: 404, body: { code: "room-unknown" } });
  });

  it("a room id that is none is unknown", async () => {
    const body = await tokenBody(await makeRoom(), await makeDevice());
    const response = await postJson(edgeUnderTest(), "/api/rooms/nowhere/tokens", body);
    expect(await answerOf(response)).toEqual({ status: 404, body: { code: "room-unknown" } });
  });

  it("[HTTP-2] the access value of another link is refused", async () => {
    const edge = edgeUnderTest();
    const { roomId } = await createRoom(edge);
    const { linkKeys } = await makeRoom();
    const body = await tokenBody({ roomId, linkKeys }, await makeDevice());
    const response = await postJson(edge, `/api/rooms/${roomId}/tokens`, body);
    expect(await answerOf(response)).toEqual({ status: 403, body: { code: "access-wrong" } });
  });

  it.each([-3_600, -301, 302, 3_600])(
    "[HTTP-2] a proof made %i s from the edge's time is refused with that time, and one by that time is taken",
    async (offsetSec) => {
      const edge = edgeUnderTest();
      const room = await createRoom(edge);
      const device = await makeDevice();
      const path = `/api/rooms/${room.roomId}/tokens`;
      const late = await postJson(edge, path, await tokenBody(room, device, nowSec() + offsetSec));
      const answer = await answerOf(late);
      expect(answer).toEqual({
        status: 401,
        body: { code: "proof-expired", timeSec: expect.any(Number) },
      });
      const { timeSec } = v.parse(v.object({ timeSec: v.number() }), answer.body);
      const retried = await postJson(edge, path, await tokenBody(room, device, timeSec));
      expect(retried.status).toBe(200);
    },
  );

  it("[HTTP-2] a proof sent again is refused", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const path = `/api/rooms/${room.roomId}/tokens`;
    const body = await tokenBody(room, await makeDevice());
    expect((await postJson(edge, path, body)).status).toBe(200);
    const again = await postJson(edge, path, body);
    expect(await answerOf(again)).toEqual({ status: 401, body: { code: "proof-replayed" } });
  });

  it("[SIGN-8] a proof by another device, for another room or another second is invalid", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const device = await makeDevice();
    const atSec = nowSec();
    const own = await tokenBody(room, device, atSec);
    const proofs = [
      await tokenBody(room, await makeDevice(), atSec),
      await tokenBody({ ...(await makeRoom()), linkKeys: room.linkKeys }, device, atSec),
      await tokenBody(room, device, atSec + 1),
      await tokenBody({ ...room, linkKeys: (await makeRoom()).linkKeys }, device, atSec),
    ];
    for (const { proof } of proofs) {
      const body = { ...own, proof };
      const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, body);
      expect(await answerOf(response)).toEqual({ status: 401, body: { code: "proof-invalid" } });
    }
  });

  it("a key that is no point of the curve is an invalid proof, not a fault", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const body = await tokenBody(room, await makeDevice());
    const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, {
      ...body,
      roomDeviceKey: `${"_".repeat(42)}8`,
    });
    expect(await answerOf(response)).toEqual({ status: 401, body: { code: "proof-invalid" } });
  });
});
