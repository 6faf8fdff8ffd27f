import { describe, expect, it } from "vitest";
import { KEY_RING_NAME } from "../../durable-objects/key-ring.ts";
import { type KeyRingRpc, SOCKET_HEADERS } from "../../durable-objects/rpc.ts";
import { toBase64Url } from "../../protocol/bytes.ts";
import { roomMessageCodec } from "../../protocol/room-messages.ts";
import { signJwt } from "../../workers/auth/jwt.ts";
import type { Room } from "../../workers/deps.ts";
import {
  claimsOf,
  createRoom,
  getToken,
  makeDevice,
  makeSigningKeys,
} from "../support/room-client-keys.ts";
import { bindings, edgeUnderTest, type EdgeUnderTest } from "./edge-under-test.ts";

const answerOf = async (response: Response) => ({
  status: response.status,
  body: await response.json(),
});

const openSocket = (
  edge: EdgeUnderTest,
  roomId: string,
  protocols: string,
  headers: Readonly<Record<string, string>> = {},
) =>
  edge.fetch(`${edge.origin}/api/rooms/${roomId}/socket`, {
    headers: {
      Upgrade: "websocket",
      Origin: edge.origin,
      "Sec-WebSocket-Protocol": protocols,
      ...headers,
    },
  });

/** A room object that notes what reaches it. */
function notingRoom(answer: () => Response) {
  const reached: Request[] = [];
  const room = (roomId: Parameters<typeof realRoom>[0]): Room => {
    const { createRoom: create, checkAccess } = realRoom(roomId);
    return {
      createRoom: create,
      checkAccess,
      fetch: (request) => {
        reached.push(request);
        return Promise.resolve(answer());
      },
    };
  };
  return { reached, room };
}

function realRoom(roomId: string): Pick<Room, "createRoom" | "checkAccess"> {
  const stub = bindings.ROOM.getByName(roomId);
  return {
    createRoom: (request) => stub.createRoom(request),
    checkAccess: (request) => stub.checkAccess(request),
  };
}

const upgraded = () => {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  return new Response(null, { status: 101, webSocket: client });
};

describe("GET /api/rooms/:id/socket", () => {
  it("[SOCKET-1] a token opens a socket that speaks sotto.v1, and the room challenges", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const { token } = await getToken(edge, room, await makeDevice());
    const response = await openSocket(edge, room.roomId, `sotto.v1, ${token}`);
    expect(response.status).toBe(101);
    expect(response.headers.get("Sec-WebSocket-Protocol")).toBe("sotto.v1");
    const socket = response.webSocket;
    if (socket === null) throw new TypeError("expected a socket");
    const first = new Promise<ArrayBuffer>((resolve) => {
      socket.addEventListener("message", ({ data }) => resolve(data as ArrayBuffer), {
        once: true,
      });
    });
    socket.binaryType = "arraybuffer";
    socket.accept();
    const message = roomMessageCodec.decode(new Uint8Array(await first));
    expect(message).toMatchObject({ ok: true, value: { type: "challenge" } });
    socket.close(1000);
  });

  it("[SOCKET-1] the room hears who upgrades from the edge alone, and nothing else of the client", async () => {
    const { reached, room: notingRoomOf } = notingRoom(upgraded);
    const edge = edgeUnderTest({ deps: { room: notingRoomOf } });
    const room = await createRoom(edge);
    const device = await makeDevice();
    const { token } = await getToken(edge, room, device);
    await openSocket(edge, room.roomId, `sotto.v1, ${token}`, {
      [SOCKET_HEADERS.memberId]: room.hostDevice.memberId,
      [SOCKET_HEADERS.role]: "host",
      [SOCKET_HEADERS.jti]: "AAAAAAAAAAAAAAAAAAAAAA",
      [SOCKET_HEADERS.addressTag]: "AAAAAAAAAAA",
      Cookie: "a=b",
      "User-Agent": "someone",
    });
    expect(
      reached.map(({ url, headers }) => ({ url, headers: Object.fromEntries(headers) })),
    ).toEqual([
      {
        url: "https://room/socket",
        headers: {
          upgrade: "websocket",
          [SOCKET_HEADERS.memberId]: device.memberId,
          [SOCKET_HEADERS.role]: "member",
          [SOCKET_HEADERS.jti]: claimsOf(token).jti,
          [SOCKET_HEADERS.addressTag]: expect.stringMatching(/^[\w-]{11}$/),
        },
      },
    ]);
  });

  it("[SOCKET-1] no refused upgrade wakes the room", async () => {
    const { reached, room: notingRoomOf } = notingRoom(upgraded);
    const edge = edgeUnderTest({ deps: { room: notingRoomOf } });
    const room = await createRoom(edge);
    const other = await createRoom(edge);
    const { token } = await getToken(edge, room, await makeDevice());
    const foreign = await getToken(edge, other, await makeDevice());
    const [header = "", payload = ""] = token.split(".");
    const cases: [string, string, Record<string, string>, number, string][] = [
      ["no protocol", "", {}, 401, "token-missing"],
      ["no token", "sotto.v1", {}, 401, "token-missing"],
      ["three protocols", `sotto.v1, ${token}, ${token}`, {}, 401, "token-missing"],
      ["another version", `sotto.v0, ${token}`, {}, 400, "version-unknown"],
      ["rubbish", "sotto.v1, rubbish", {}, 401, "token-invalid"],
      ["a token of another room", `sotto.v1, ${foreign.token}`, {}, 401, "token-invalid"],
      [
        "another signature",
        `sotto.v1, ${header}.${payload}.${"A".repeat(86)}`,
        {},
        401,
        "token-invalid",
      ],
      [
        "no signature (RFC 8725 §3.1)",
        `sotto.v1, ${btoa('{"alg":"none"}').replaceAll("=", "")}.${payload}.`,
        {},
        401,
        "token-invalid",
      ],
      [
        "another origin",
        `sotto.v1, ${token}`,
        { Origin: "https://evil.example" },
        403,
        "origin-not-allowed",
      ],
      ["a sandboxed page", `sotto.v1, ${token}`, { Origin: "null" }, 403, "origin-not-allowed"],
      [
        "the same host in clear",
        `sotto.v1, ${token}`,
        { Origin: "http://sotto.example" },
        403,
        "origin-not-allowed",
      ],
      ["no upgrade", `sotto.v1, ${token}`, { Upgrade: "h2c" }, 426, "upgrade-required"],
    ];
    for (const [name, protocols, headers, status, code] of cases) {
      const response = await openSocket(edge, room.roomId, protocols, headers);
      expect({ name, ...(await answerOf(response)) }).toEqual({ name, status, body: { code } });
    }
    expect(reached).toEqual([]);
  });

  it("[TOKEN-1] a token is refused once its ten minutes are over", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const { token } = await getToken(edge, room, await makeDevice());
    edge.advance(11 * 60_000);
    const response = await openSocket(edge, room.roomId, `sotto.v1, ${token}`);
    expect(await answerOf(response)).toEqual({ status: 401, body: { code: "token-expired" } });
  });

  it("[TOKEN-1] a token another deployment issued for a room of the same id is refused", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const { token } = await getToken(edge, room, await makeDevice());
    const other = edgeUnderTest({ origin: "https://other.example" });
    const response = await openSocket(other, room.roomId, `sotto.v1, ${token}`);
    expect(await answerOf(response)).toEqual({ status: 401, body: { code: "token-invalid" } });
  });

  it("[TOKEN-1] a token signed by a key the ring never made is refused, whatever key it names", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const { token } = await getToken(edge, room, room.hostDevice);
    const { kid } = await bindings.KEY_RING.getByName(KEY_RING_NAME).signingKey();
    const { privateKey } = await makeSigningKeys();
    for (const claimedKid of [kid, "made-up"]) {
      const forged = await signJwt(claimsOf(token), { kid: claimedKid, privateKey });
      const response = await openSocket(edge, room.roomId, `sotto.v1, ${forged}`);
      expect(await answerOf(response)).toEqual({ status: 401, body: { code: "token-invalid" } });
    }
  });

  it("made-up key ids make the edge ask the ring again once in ten seconds, not each time", async () => {
    let asked = 0;
    const ring = (): KeyRingRpc => {
      const stub = bindings.KEY_RING.getByName(KEY_RING_NAME);
      return {
        signingKey: () => stub.signingKey(),
        addressTagKey: () => stub.addressTagKey(),
        publicKeys: () => {
          asked += 1;
          return stub.publicKeys();
        },
      };
    };
    const edge = edgeUnderTest({ deps: { keyRing: ring } });
    const room = await createRoom(edge);
    const { privateKey } = await makeSigningKeys();
    const { token } = await getToken(edge, room, await makeDevice());
    const knock = async () => {
      const kid = toBase64Url(crypto.getRandomValues(new Uint8Array(12)));
      const forged = await signJwt(claimsOf(token), { kid, privateKey });
      await openSocket(edge, room.roomId, `sotto.v1, ${forged}`);
    };
    for (let round = 0; round < 5; round += 1) await knock();
    expect(asked).toBe(2);
    edge.advance(10_001);
    await knock();
    expect(asked).toBe(3);
  });

  it("a room that refuses the upgrade is heard by its code", async () => {
    const { room: notingRoomOf } = notingRoom(() =>
      Response.json({ code: "room-full" }, { status: 503 }),
    );
    const edge = edgeUnderTest({ deps: { room: notingRoomOf } });
    const room = await createRoom(edge);
    const { token } = await getToken(edge, room, await makeDevice());
    const response = await openSocket(edge, room.roomId, `sotto.v1, ${token}`);
    expect(await answerOf(response)).toEqual({ status: 503, body: { code: "room-full" } });
  });
});
