import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../protocol/bytes.ts";
import { signJwt } from "../../workers/auth/jwt.ts";
import {
  createRoom,
  createRoomBody,
  makeDevice,
  makeRoom,
  makeSigningKeys,
  postJson,
  tokenBody,
} from "../support/room-client-keys.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

const answerOf = async (response: Response) => ({
  status: response.status,
  body: await response.json(),
});

/** A deployment whose operator issues logins, and one of those logins. */
async function ownLogin(create: "open" | "login") {
  const { publicKey, privateKey } = await makeSigningKeys();
  const key = { kty: "OKP", crv: "Ed25519", x: toBase64Url(publicKey), kid: "k", alg: "EdDSA" };
  const edge = edgeUnderTest({
    vars: { TOKEN_ISSUER_JWKS_URL: "https://login.example/jwks.json", CREATE: create },
    deps: { fetch: () => Promise.resolve(Response.json({ keys: [key] })) },
  });
  const exp = Math.floor(Date.now() / 1000) + 600;
  const login = await signJwt({ aud: edge.origin, exp }, { kid: "k", privateKey });
  const foreign = await signJwt({ aud: "https://other.example", exp }, { kid: "k", privateKey });
  return { edge, login, foreign };
}

describe("a deployment with a login of its own", () => {
  it("gives no token without a valid one", async () => {
    const { edge, login, foreign } = await ownLogin("open");
    const room = await createRoom(edge);
    const path = `/api/rooms/${room.roomId}/tokens`;
    const body = await tokenBody(room, await makeDevice());
    expect(await answerOf(await postJson(edge, path, body))).toEqual({
      status: 401,
      body: { code: "login-required" },
    });
    expect(await answerOf(await postJson(edge, path, { ...body, login: foreign }))).toEqual({
      status: 401,
      body: { code: "login-invalid" },
    });
    expect((await postJson(edge, path, { ...body, login })).status).toBe(200);
  });

  it("makes no room without a valid one where CREATE is login", async () => {
    const { edge, login, foreign } = await ownLogin("login");
    const body = await createRoomBody(await makeRoom());
    expect(await answerOf(await postJson(edge, "/api/rooms", body))).toEqual({
      status: 401,
      body: { code: "login-required" },
    });
    expect(await answerOf(await postJson(edge, "/api/rooms", { ...body, login: foreign }))).toEqual(
      { status: 401, body: { code: "login-invalid" } },
    );
    expect((await postJson(edge, "/api/rooms", { ...body, login })).status).toBe(201);
  });

  it("that can't be reached is 503 to the caller", async () => {
    const edge = edgeUnderTest({
      vars: { TOKEN_ISSUER_JWKS_URL: "https://login.example/jwks.json" },
    });
    const room = await createRoom(edge);
    const body = { ...(await tokenBody(room, await makeDevice())), login: "a.b.c" };
    const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, body);
    expect(await answerOf(response)).toEqual({
      status: 503,
      body: { code: "service-unavailable" },
    });
  });
});
