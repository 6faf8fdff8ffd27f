import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toBase64Url, utf8 } from "../../protocol/bytes.ts";
import { clientMessageCodec } from "../../protocol/client-messages.ts";
import { SOCKET_PROTOCOL } from "../../protocol/message-codec.ts";
import { type RoomMessage, roomMessageCodec } from "../../protocol/room-messages.ts";
import { signJwt } from "../../workers/auth/jwt.ts";
import { pollUntil } from "../support/poll.ts";
import {
  claimsOf,
  createRoom,
  createRoomBody,
  edgeAt,
  getToken,
  type MadeRoom,
  makeDevice,
  makeRoom,
  makeSigningKeys,
  postJson,
  proveSocket,
  type RoomDevice,
  tokenBody,
} from "../support/room-client-keys.ts";
import { type SottoServer, startSottoServer } from "../support/sotto-server.ts";

let server: SottoServer;
let room: MadeRoom;
beforeAll(async () => {
  server = await startSottoServer({ vars: { STUN_URLS: "" } });
  room = await createRoom(edge());
});
afterAll(() => server.close());

const edge = () => edgeAt(server.url);
const json = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));

/** What becomes of a socket: which messages came, and how it was closed. */
type Line = {
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly heard: (type: RoomMessage["type"]) => Promise<RoomMessage>;
  readonly messages: readonly RoomMessage[];
  readonly closed: () => Promise<{ readonly opened: boolean; readonly reason: string }>;
  readonly close: () => void;
};

function openSocket(roomId: string, token: string): Line {
  const address = new URL(`/api/rooms/${roomId}/socket`, server.url);
  address.protocol = "ws:";
  const socket = new WebSocket(address, [SOCKET_PROTOCOL, token]);
  socket.binaryType = "arraybuffer";
  const messages: RoomMessage[] = [];
  let opened = false;
  let reason: string | undefined;
  socket.addEventListener("open", () => (opened = true));
  socket.addEventListener("close", (event) => (reason = event.reason));
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const message = roomMessageCodec.decode(new Uint8Array(data as ArrayBuffer));
    if (message.ok) messages.push(message.value);
  });
  const poll = (what: string, holds: () => boolean): Promise<void> =>
    pollUntil(what, () => Promise.resolve(holds()), 15_000);
  return {
    send: (bytes) => socket.send(bytes),
    messages,
    heard: async (type) => {
      const find = () => messages.find((message) => message.type === type);
      await poll(type, () => find() !== undefined);
      return find() as RoomMessage;
    },
    closed: async () => {
      await poll("the socket to be closed", () => reason !== undefined);
      return { opened, reason: reason ?? "" };
    },
    close: () => socket.close(),
  };
}

const nonceOf = async (line: Line): Promise<Uint8Array<ArrayBuffer>> => {
  const challenge = await line.heard("challenge");
  if (challenge.type !== "challenge") throw new Error("expected a challenge");
  return challenge.nonce;
};
const proof = (device: RoomDevice, signature: Uint8Array<ArrayBuffer>) =>
  clientMessageCodec.encode({ type: "prove", roomDeviceKey: device.keys.publicKey, signature });

/** An honest member's device and token: what a stranger may have got hold of a part of. */
async function victim(): Promise<{ readonly device: RoomDevice; readonly token: string }> {
  const device = await makeDevice();
  return { device, token: (await getToken(edge(), room, device)).token };
}

describe("at the real door, of a running service", () => {
  const isRefused = async (roomId: string, token: string): Promise<void> => {
    expect(await openSocket(roomId, token).closed()).toMatchObject({ opened: false });
  };

  it("[TOKEN-1] a stranger comes with a token that says it needs no signature (alg none): no socket opens", async () => {
    const { token } = await victim();
    const [, payload = ""] = token.split(".");
    for (const alg of ["none", "None", "NONE"])
      await isRefused(room.roomId, `${json({ alg })}.${payload}.`);
  });

  it("[TOKEN-1] a stranger signs a token by HMAC, keyed with the public key that everybody may read (HS256): no socket opens", async () => {
    const { token } = await victim();
    const [, payload = ""] = token.split(".");
    const { keys } = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const signed = `${json({ alg: "HS256", kid: key.kid })}.${payload}`;
      for (const secret of [key.x, Buffer.from(key.x, "base64url"), JSON.stringify(key)]) {
        const mac = createHmac("sha256", secret).update(signed).digest("base64url");
        await isRefused(room.roomId, `${signed}.${mac}`);
      }
    }
  });

  it("[TOKEN-1] a stranger signs a token by a key of their own, under the name of the service's: no socket opens", async () => {
    const { token } = await victim();
    const { keys } = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
    const { privateKey } = await makeSigningKeys();
    for (const kid of [keys[0].kid, "made-up"])
      await isRefused(room.roomId, await signJwt(claimsOf(token), { kid, privateKey }));
  });

  it("[TOKEN-1] a member of one room comes to another with their token: no socket opens", async () => {
    const { token } = await victim();
    const other = await createRoom(edge());
    await isRefused(other.roomId, token);
  });

  it("[TOKEN-1] a member makes themself host within a token: no socket opens", async () => {
    const { token } = await victim();
    const [header = "", , signature = ""] = token.split(".");
    await isRefused(
      room.roomId,
      `${header}.${json({ ...claimsOf(token), role: "host" })}.${signature}`,
    );
  });

  it("[SOCKET-2] a stranger has stolen a token, and answers the room's nonce by a key of their own: learns nothing, and is closed", async () => {
    const { token } = await victim();
    const thief = await makeDevice();
    const line = openSocket(room.roomId, token);
    const nonce = await nonceOf(line);
    line.send(proof(thief, await proveSocket(room.roomId, thief, nonce, token)));
    expect((await line.closed()).reason).toBe("challenge-failed");
    expect(line.messages.filter(({ type }) => type === "lobby")).toEqual([]);
  });

  it("[SOCKET-2] a stranger has stolen a token and replays the answer to another nonce: learns nothing, and is closed", async () => {
    const { device, token } = await victim();
    const first = openSocket(room.roomId, token);
    const answer = proof(
      device,
      await proveSocket(room.roomId, device, await nonceOf(first), token),
    );
    const line = openSocket(room.roomId, token);
    await nonceOf(line);
    line.send(answer);
    expect((await line.closed()).reason).toBe("challenge-failed");
    expect(line.messages.filter(({ type }) => type === "lobby")).toEqual([]);
    first.close();
  });

  it("[SOCKET-2] a stranger has stolen a token and speaks before any nonce is answered: nothing is heard", async () => {
    const { device, token } = await victim();
    const line = openSocket(room.roomId, token);
    await nonceOf(line);
    line.send(clientMessageCodec.encode({ type: "is-gone", memberId: device.memberId }));
    await line.heard("failure");
    expect(line.messages.filter(({ type }) => type === "gone" || type === "lobby")).toEqual([]);
    line.close();
  });

  it("[SOCKET-2] a stranger uses a token again that has proved a socket: they are turned away, and the member's socket stays", async () => {
    const { device, token } = await victim();
    const own = openSocket(room.roomId, token);
    own.send(proof(device, await proveSocket(room.roomId, device, await nonceOf(own), token)));
    await own.heard("lobby");
    const line = openSocket(room.roomId, token);
    const nonce = await nonceOf(line);
    line.send(proof(device, await proveSocket(room.roomId, device, nonce, token)));
    expect((await line.closed()).reason).toBe("proof-replayed");
    // Who is answered is there: nobody asks after others from the lobby.
    own.send(clientMessageCodec.encode({ type: "is-gone", memberId: device.memberId }));
    expect(await own.heard("failure")).toMatchObject({ code: "not-in-call" });
    own.close();
  });

  it("[LINK-1, HTTP-1] a stranger squats a room, posing as its host by another key: the room's name is its host's key, and it is not made", async () => {
    const theirs = await makeRoom();
    const own = await makeRoom();
    const body = await createRoomBody(own);
    const posing = await postJson(edge(), "/api/rooms", {
      ...body,
      hostPublicKey: toBase64Url(theirs.hostKeys.publicKey),
    });
    expect(await posing.json()).toEqual({ code: "signature-invalid" });
    // By their own key they make a room of their own, whatever they call it: never this one.
    const made = await postJson(edge(), "/api/rooms", { ...body, signature: body["signature"] });
    expect(await made.json()).toEqual({ roomId: own.roomId });
    const asked = await postJson(
      edge(),
      `/api/rooms/${theirs.roomId}/tokens`,
      await tokenBody(theirs, await makeDevice()),
    );
    expect(await asked.json()).toEqual({ code: "room-unknown" });
  });

  it("[HTTP-1] a stranger takes a room over by making it again, with another secret: it stays its creator's", async () => {
    const { linkKeys } = await makeRoom();
    const again = await postJson(edge(), "/api/rooms", await createRoomBody({ ...room, linkKeys }));
    expect(again.status).toBe(409);
    expect(await again.json()).toEqual({ code: "room-exists" });
    const { token } = await getToken(edge(), room, await makeDevice());
    expect(token).not.toBe("");
  });

  it("[HTTP-2] a stranger without the link guesses: no token, and no word of what is right", async () => {
    const { linkKeys } = await makeRoom();
    const body = await tokenBody({ roomId: room.roomId, linkKeys }, await makeDevice());
    const asked = await postJson(edge(), `/api/rooms/${room.roomId}/tokens`, body);
    expect(asked.status).toBe(403);
    expect(await asked.json()).toEqual({ code: "access-wrong" });
  });

  it("[HTTP-2] a stranger replays the request by which a member got a token: none is given", async () => {
    const body = await tokenBody(room, await makeDevice());
    const path = `/api/rooms/${room.roomId}/tokens`;
    expect((await postJson(edge(), path, body)).status).toBe(200);
    const again = await postJson(edge(), path, body);
    expect(again.status).toBe(401);
    expect(await again.json()).toEqual({ code: "proof-replayed" });
  });
});
