import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../../protocol/bytes.ts";
import { cachedKeys } from "../../../workers/auth/cached-keys.ts";
import { signJwt } from "../../../workers/auth/jwt.ts";
import { loginCheck } from "../../../workers/auth/login.ts";
import { fetchLoginKeys } from "../../../workers/auth/login-keys.ts";
import { makeSigningKeys } from "../../support/room-client-keys.ts";

const ORIGIN = "https://sotto.example";
const START_MS = 1_800_000_000_000;

/** An operator's issuer with a key set that can change, and a manual clock. */
async function issuer() {
  const keys = new Map<string, Awaited<ReturnType<typeof makeSigningKeys>>>();
  const clock = { nowMs: START_MS };
  const fetches: string[] = [];
  const logged: string[] = [];
  const network = {
    answer: (): Promise<Response> =>
      Promise.resolve(
        Response.json({
          keys: [...keys].map(([kid, { publicKey }]) => ({
            kty: "OKP",
            crv: "Ed25519",
            x: toBase64Url(publicKey),
            kid,
            alg: "EdDSA",
          })),
        }),
      ),
  };
  const addKey = async (kid: string) => keys.set(kid, await makeSigningKeys());
  await addKey("one");
  const url = "https://login.example/jwks.json";
  const check = loginCheck(
    cachedKeys({
      fetchJwks: () =>
        fetchLoginKeys(url, {
          fetch: (request) => {
            fetches.push(request.url);
            return network.answer();
          },
          log: ({ code, detail }) => logged.push(`${code}: ${detail}`),
        }),
      nowMs: () => clock.nowMs,
      keepForMs: 600_000,
      forcedEveryMs: 30_000,
    }),
    () => clock.nowMs,
  );
  const login = async (changes: object = {}, kid = "one", signedBy = kid) => {
    const key = keys.get(signedBy);
    if (key === undefined) throw new TypeError("no such key");
    const claims = { sub: "ada", aud: ORIGIN, exp: clock.nowMs / 1000 + 600, ...changes };
    return await signJwt(claims, { kid, privateKey: key.privateKey });
  };
  return { check, login, clock, fetches, logged, addKey, keys, network };
}

const INVALID = { ok: false, error: { code: "login-invalid" } };
const VALID = { ok: true, value: true };

describe("one's own login", () => {
  it("a JWT of the issuer for this origin is enough, and its keys are fetched once", async () => {
    const { check, login, fetches } = await issuer();
    expect(await check(await login(), ORIGIN)).toEqual(VALID);
    expect(await check(await login(), ORIGIN)).toEqual(VALID);
    expect(fetches).toEqual(["https://login.example/jwks.json"]);
  });

  it("without one, it is asked for", async () => {
    const { check } = await issuer();
    expect(await check(undefined, ORIGIN)).toEqual({
      ok: false,
      error: { code: "login-required" },
    });
  });

  it("one for another origin is invalid", async () => {
    const { check, login } = await issuer();
    expect(await check(await login({ aud: "https://other.example" }), ORIGIN)).toEqual(INVALID);
  });

  it("one that is over, never ends or lives longer than an hour is invalid", async () => {
    const { check, login } = await issuer();
    const nowSec = START_MS / 1000;
    for (const exp of [nowSec - 61, undefined, nowSec + 3_661]) {
      expect(await check(await login({ exp }), ORIGIN)).toEqual(INVALID);
    }
    for (const exp of [nowSec - 59, nowSec + 3_600]) {
      expect(await check(await login({ exp }), ORIGIN)).toEqual(VALID);
    }
  });

  it("one signed by another key under a known name is invalid", async () => {
    const { check, login, addKey, keys } = await issuer();
    await addKey("two");
    const forged = await login({}, "one", "two");
    keys.delete("two");
    expect(await check(forged, ORIGIN)).toEqual(INVALID);
  });

  it("one whose MAC is made of a public key is invalid (RFC 8725 §2.1)", async () => {
    const { check, keys } = await issuer();
    const publicKey = keys.get("one")?.publicKey ?? new Uint8Array(32);
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", publicKey, hmac, false, ["sign"]);
    const part = (value: object) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
    const signed = `${part({ alg: "HS256", kid: "one" })}.${part({ aud: ORIGIN, exp: START_MS / 1000 + 60 })}`;
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed));
    expect(await check(`${signed}.${toBase64Url(new Uint8Array(mac))}`, ORIGIN)).toEqual(INVALID);
  });

  it("rubbish is invalid", async () => {
    const { check } = await issuer();
    for (const login of ["", "a.b.c", "é", "..".repeat(4_000)]) {
      expect(await check(login, ORIGIN)).toEqual(INVALID);
    }
  });

  it("a new key of the issuer is found by one more fetch", async () => {
    const { check, login, addKey, fetches } = await issuer();
    await check(await login(), ORIGIN);
    await addKey("two");
    expect(await check(await login({}, "two"), ORIGIN)).toEqual(VALID);
    expect(fetches).toHaveLength(2);
  });

  it("made-up key names cost the issuer one fetch in thirty seconds", async () => {
    const { check, login, addKey, keys, fetches, clock } = await issuer();
    await check(await login(), ORIGIN);
    await addKey("made up");
    const forged = await login({}, "made up");
    keys.delete("made up");
    for (let tries = 0; tries < 5; tries += 1) expect(await check(forged, ORIGIN)).toEqual(INVALID);
    expect(fetches).toHaveLength(2);
    clock.nowMs += 30_000;
    await check(forged, ORIGIN);
    expect(fetches).toHaveLength(3);
  });

  it("keys are fetched again when they are ten minutes old, so that a withdrawn one ends", async () => {
    const { check, login, keys, addKey, clock } = await issuer();
    expect(await check(await login(), ORIGIN)).toEqual(VALID);
    await addKey("two");
    const old = await login({ exp: clock.nowMs / 1000 + 3_000 });
    keys.delete("one");
    clock.nowMs += 600_000;
    expect(await check(old, ORIGIN)).toEqual(INVALID);
  });

  it.each<[string, () => Promise<Response>]>([
    ["is down", () => Promise.reject(new TypeError("connect https://login.example failed"))],
    ["answers an error", () => Promise.resolve(new Response("{}", { status: 500 }))],
    ["answers HTML", () => Promise.resolve(new Response("<html>"))],
    ["sends elsewhere", () => Promise.resolve(new Response(null, { status: 302 }))],
    ["answers too much", () => Promise.resolve(new Response(`"${"x".repeat(300_000)}"`))],
    ["answers no object", () => Promise.resolve(new Response("7"))],
  ])(
    "an issuer that %s is the service's fault, not the caller's, and is logged",
    async (_, answer) => {
      const { check, login, network, logged } = await issuer();
      network.answer = answer;
      await expect(check(await login(), ORIGIN)).rejects.toThrow("TOKEN_ISSUER_JWKS_URL");
      expect(logged).toHaveLength(1);
      expect(logged[0]).toMatch(/^login-keys-unavailable: \w+$/);
    },
  );
});
