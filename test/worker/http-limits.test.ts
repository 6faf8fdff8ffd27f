import { describe, expect, it } from "vitest";
import {
  createRoom,
  createRoomBody,
  getToken,
  makeDevice,
  makeRoom,
  postJson,
  tokenBody,
} from "../support/room-client-keys.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

const create = async (edge: ReturnType<typeof edgeUnderTest>) => {
  const response = await postJson(edge, "/api/rooms", await createRoomBody(await makeRoom()));
  return {
    status: response.status,
    body: await response.json<Record<string, unknown>>(),
    response,
  };
};

describe("limits before a room is woken", () => {
  it("an address that makes rooms too fast is told when to come back, and then gets in", async () => {
    const edge = edgeUnderTest({ vars: { EDGE_LIMITS: '{"createPerMinute":2}' } });
    expect((await create(edge)).status).toBe(201);
    expect((await create(edge)).status).toBe(201);
    const { status, body, response } = await create(edge);
    expect({ status, body }).toEqual({
      status: 429,
      body: { code: "rate-limited", retryAfterSec: expect.any(Number) },
    });
    expect(response.headers.get("Retry-After")).toBe(String(body["retryAfterSec"]));
    edge.advance(Number(body["retryAfterSec"]) * 1000);
    expect((await create(edge)).status).toBe(201);
  });

  it("a day has its own limit", async () => {
    const edge = edgeUnderTest({
      vars: { EDGE_LIMITS: '{"createPerMinute":100,"createPerDay":3}' },
    });
    for (let made = 0; made < 3; made += 1) expect((await create(edge)).status).toBe(201);
    expect((await create(edge)).status).toBe(429);
    edge.advance(60_000);
    expect((await create(edge)).status).toBe(429);
  });

  it("tokens are limited by address too, before anything of the request is read", async () => {
    const edge = edgeUnderTest({ vars: { EDGE_LIMITS: '{"tokensPerMinutePerAddress":1}' } });
    const room = await createRoom(edge);
    await getToken(edge, room, await makeDevice());
    const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, {});
    expect(response.status).toBe(429);
  });

  it("strangers who exhaust a room's limit lock out nobody who holds the link", async () => {
    const edge = edgeUnderTest({ vars: { EDGE_LIMITS: '{"tokensPerMinutePerRoom":2}' } });
    const room = await createRoom(edge);
    const path = `/api/rooms/${room.roomId}/tokens`;
    await getToken(edge, room, await makeDevice());
    const { linkKeys } = await makeRoom();
    const guess = async () => {
      const body = await tokenBody({ roomId: room.roomId, linkKeys }, await makeDevice());
      return (await postJson(edge, path, body)).status;
    };
    expect([await guess(), await guess(), await guess()]).toEqual([403, 429, 429]);
    await getToken(edge, room, await makeDevice());
    await getToken(edge, room, await makeDevice());
    const third = await postJson(edge, path, await tokenBody(room, await makeDevice()));
    expect(third.status).toBe(429);
  });

  it("no header a client may send lifts a limit", async () => {
    const edge = edgeUnderTest({ vars: { EDGE_LIMITS: '{"createPerMinute":1}' } });
    const send = async () =>
      edge.fetch(`${edge.origin}/api/rooms`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-Forwarded-For": crypto.randomUUID(),
          "X-Real-IP": crypto.randomUUID(),
          Forwarded: `for=${crypto.randomUUID()}`,
          "x-sotto-address-tag": crypto.randomUUID(),
        },
        body: JSON.stringify(await createRoomBody(await makeRoom())),
      });
    expect((await send()).status).toBe(201);
    expect((await send()).status).toBe(429);
  });
});
