import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { dataHeaders } from "../../workers/http/security-headers.ts";
import { createUnconfiguredApp } from "../../workers/app.ts";
import {
  createRoom,
  createRoomBody,
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

describe("the HTTP surface", () => {
  it("[HTTP-3] health is 200 when the ring answers, on the deployed entry itself", async () => {
    const response = await exports.default.fetch("https://sotto.example/healthz");
    expect(response.status).toBe(200);
  });

  it("[HTTP-3] health is 503 when the ring does not answer, and the log says nothing a caller sent", async () => {
    const silent = () => Promise.reject(new Error("room AAAAAAAAAAAAAAAAAAAAAA"));
    const edge = edgeUnderTest({
      deps: {
        keyRing: () => ({ signingKey: silent, publicKeys: silent, addressTagKey: silent }),
      },
    });
    const response = await edge.fetch(`${edge.origin}/healthz`);
    expect(await answerOf(response)).toEqual({
      status: 503,
      body: { code: "service-unavailable" },
    });
    expect(edge.logged).toHaveLength(1);
    expect(edge.logged[0]).toMatch(/^request-failed: Error/);
    expect(edge.logged[0]).not.toContain("AAAA");
  });

  it("[HTTP-3] a deployment that can't read its configuration answers 503 to all, with every header", async () => {
    const app = createUnconfiguredApp(() => {});
    for (const path of ["/healthz", "/api/rooms", "/.well-known/jwks.json"]) {
      const response = await app.fetch(new Request(`https://sotto.example${path}`));
      expect(Object.fromEntries(response.headers)).toMatchObject(lowerCased());
      expect(await answerOf(response)).toEqual({
        status: 503,
        body: { code: "service-unavailable" },
      });
    }
  });

  it("[HTTP-3] the key set holds public Ed25519 keys, and no private one", async () => {
    const edge = edgeUnderTest();
    const response = await edge.fetch(`${edge.origin}/.well-known/jwks.json`);
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=300");
    const { keys } = await response.json<{ keys: object[] }>();
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toEqual({
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        use: "sig",
        kid: expect.stringMatching(/^[\w-]{16}$/),
        x: expect.stringMatching(/^[\w-]{43}$/),
      });
    }
  });

  it("[HTTP-4] what is nowhere is refused in JSON that repeats nothing", async () => {
    const edge = edgeUnderTest();
    for (const path of [
      "/api",
      "/api/",
      "/api/nothing",
      "/api/rooms/",
      "/api/rooms/a/b/c",
      "/.well-known/x",
    ]) {
      const response = await edge.fetch(`${edge.origin}${path}?<script>`);
      expect({ path, ...(await answerOf(response)) }).toEqual({
        path,
        status: 404,
        body: { code: "not-found" },
      });
    }
  });

  it.each([
    ["GET", "/api/rooms", "POST"],
    ["DELETE", "/api/rooms", "POST"],
    ["OPTIONS", "/api/rooms", "POST"],
    ["GET", "/api/rooms/AAAAAAAAAAAAAAAAAAAAAA/tokens", "POST"],
    ["POST", "/api/rooms/AAAAAAAAAAAAAAAAAAAAAA/socket", "GET"],
    ["POST", "/healthz", "GET, HEAD"],
    ["PUT", "/.well-known/jwks.json", "GET, HEAD"],
  ])("%s %s is no method of it; %s is", async (method, path, allow) => {
    const edge = edgeUnderTest();
    const response = await edge.fetch(`${edge.origin}${path}`, { method });
    expect(response.headers.get("Allow")).toBe(allow);
    expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
    expect(await answerOf(response)).toEqual({
      status: 405,
      body: { code: "method-not-allowed" },
    });
  });

  it("every answer carries every security header that data needs, and no cookie", async () => {
    const edge = edgeUnderTest();
    const room = await makeRoom();
    const answers = [
      await edge.fetch(`${edge.origin}/healthz`),
      await edge.fetch(`${edge.origin}/api/nothing`),
      await edge.fetch(`${edge.origin}/.well-known/jwks.json`),
      await postJson(edge, "/api/rooms", {}),
      await postJson(edge, "/api/rooms", await createRoomBody(room)),
      await postJson(
        edge,
        `/api/rooms/${room.roomId}/tokens`,
        await tokenBody(room, await makeDevice()),
      ),
    ];
    for (const answer of answers) {
      expect(Object.fromEntries(answer.headers)).toMatchObject(lowerCased());
      expect(answer.headers.get("Set-Cookie")).toBeNull();
      await answer.body?.cancel();
    }
  });

  it.each([undefined, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])(
    "a body of type %s is not read: a page of another origin could send it unasked",
    async (type) => {
      const edge = edgeUnderTest();
      const body = JSON.stringify(await createRoomBody(await makeRoom()));
      const response = await edge.fetch(`${edge.origin}/api/rooms`, {
        method: "POST",
        body: new TextEncoder().encode(body),
        headers: type === undefined ? {} : { "Content-Type": type },
      });
      expect(await answerOf(response)).toEqual({ status: 400, body: { code: "body-malformed" } });
    },
  );

  it("a body that announces too much is refused unread", async () => {
    const edge = edgeUnderTest();
    const response = await postJson(edge, "/api/rooms", { pad: "x".repeat(200_000) });
    expect(await answerOf(response)).toEqual({ status: 413, body: { code: "body-too-large" } });
  });

  it("a body that announces nothing is read no further than the limit", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1_024).fill(0x20));
      },
    });
    const response = await edge.fetch(`${edge.origin}/api/rooms/${room.roomId}/tokens`, {
      method: "POST",
      body: endless,
      headers: { "Content-Type": "application/json" },
    });
    expect(await answerOf(response)).toEqual({ status: 413, body: { code: "body-too-large" } });
    expect(pulled).toBeLessThan(32);
  });

  it("bytes that are no UTF-8, no JSON or nothing at all are malformed", async () => {
    const edge = edgeUnderTest();
    for (const body of [new Uint8Array([0xff]), new TextEncoder().encode("{"), new Uint8Array()]) {
      const response = await edge.fetch(`${edge.origin}/api/rooms`, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json; charset=utf-8" },
      });
      expect(await answerOf(response)).toEqual({ status: 400, body: { code: "body-malformed" } });
    }
  });
});

const lowerCased = (): Record<string, string> =>
  Object.fromEntries([...dataHeaders()].map(([name, value]) => [name.toLowerCase(), value]));
