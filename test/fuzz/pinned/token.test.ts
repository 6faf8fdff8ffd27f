import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../../protocol/bytes.ts";
import { readKeySet, signJwt, verifyJwt } from "../../../workers/auth/jwt.ts";
import { makeSigningKeys } from "../../support/room-client-keys.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

async function signedToken() {
  const { publicKey, privateKey } = await makeSigningKeys();
  const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64Url(publicKey), kid: "one" };
  const claims = { aud: "room", exp: 1_800_000_600 };
  const jwt = await signJwt(claims, { kid: "one", privateKey });
  const verify = (text: string) =>
    verifyJwt(text, readKeySet({ keys: [jwk] }), {
      audience: "room",
      algorithms: ["EdDSA"],
      nowMs: 1_800_000_000_000,
      clockToleranceSec: 0,
    });
  return { jwt, verify };
}

describe("found by fuzzing: tokens", () => {
  it.each<[string, (jwt: string) => string]>([
    [
      "with unused bits of the signature set",
      (jwt) => jwt.slice(0, -1) + (ALPHABET[ALPHABET.indexOf(jwt.at(-1) ?? "") + 1] ?? ""),
    ],
    ["with padding", (jwt) => `${jwt}==`],
    ["with a space in the signature", (jwt) => `${jwt.slice(0, -4)} ${jwt.slice(-4)}`],
    [
      "in the alphabet of plain base64",
      (jwt) => jwt.replace(/[^.]+$/, (part) => part.replaceAll("-", "+").replaceAll("_", "/")),
    ],
  ])("[TOKEN-1] one %s is another text for the same token, and refused", async (_, respell) => {
    // Some signatures hold neither "-" nor "_", which are what the alphabets differ in.
    let signed = await signedToken();
    while (!/[-_][^.]*$/.test(signed.jwt)) signed = await signedToken();
    expect((await signed.verify(signed.jwt)).ok).toBe(true);
    expect(await signed.verify(respell(signed.jwt))).toEqual({
      ok: false,
      error: { code: "jwt-invalid" },
    });
  });
});
