import { toBase64Url, utf8 } from "../../../protocol/bytes.ts";
import { tokenClaimsSchema } from "../../../protocol/http.ts";
import type { RoomId } from "../../../protocol/ids.ts";
import * as v from "valibot";
import { readOwnClaims } from "../../../web/core/own-claims.ts";
import { cachedKeys } from "../../../workers/auth/cached-keys.ts";
import { signJwt } from "../../../workers/auth/jwt.ts";
import { loginCheck } from "../../../workers/auth/login.ts";
import { verifyRoomToken } from "../../../workers/auth/room-token.ts";
import { makeSigningKeys } from "../../support/room-client-keys.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateText } from "../mutate.ts";

const ORIGIN = "https://sotto.example";
const ID = "AAECAwQFBgcICQoLDA0ODw";
const NOW_MS = 1_800_000_000_000;
const NOW_SEC = NOW_MS / 1000;
const GOOD = {
  iss: ORIGIN,
  aud: ID,
  sub: ID,
  role: "member",
  iat: NOW_SEC,
  exp: NOW_SEC + 600,
  jti: "jti",
  cnf: { jkt: "thumb" },
};
/** Claims that the right key signed and that are still not a token's. */
const BAD_CLAIMS: readonly Record<string, unknown>[] = [
  {},
  { ...GOOD, aud: `${ORIGIN}/` },
  { ...GOOD, iss: "https://other.example" },
  { ...GOOD, sub: `${ID.slice(0, -1)}x` },
  { ...GOOD, sub: undefined },
  { ...GOOD, role: "owner" },
  { ...GOOD, exp: NOW_SEC - 6 },
  { ...GOOD, exp: undefined },
  { ...GOOD, exp: "never" },
  { ...GOOD, nbf: NOW_SEC + 3_600 },
  { ...GOOD, jti: 7 },
  { ...GOOD, cnf: {} },
];
const WORDS = [
  ".",
  "..",
  "=",
  "==",
  "-",
  "_",
  "+",
  "/",
  " ",
  "eyJhbGciOiJub25lIn0",
  "A",
  "e30",
  "\n",
  "\u00e9",
];
const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));

/** What comes as a token at the socket, and as a login. */
export const token = fuzzClass({
  name: "token",
  rules: "TOKEN-1",
  about:
    "Room tokens and logins (JWT): text changed, headers swapped, claims signed by the right key that are no token's",
  casesInMillion: 40_000,
  prepare: async () => {
    const { publicKey, privateKey } = await makeSigningKeys();
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64Url(publicKey), kid: "one", alg: "EdDSA" };
    const keys = cachedKeys({
      fetchJwks: () => Promise.resolve({ keys: [jwk] }),
      nowMs: () => NOW_MS,
      keepForMs: 600_000,
      forcedEveryMs: 10_000,
    });
    const checkLogin = loginCheck(keys, () => NOW_MS);
    const key = { kid: "one", privateKey };
    const room = await signJwt(GOOD, key);
    const login = await signJwt({ sub: "ada", aud: ORIGIN, exp: NOW_SEC + 600 }, key);
    const bad = await Promise.all(BAD_CLAIMS.map((claims) => signJwt(claims, key)));
    const [, payload = "", signature = ""] = room.split(".");
    const headers = [
      { alg: "none" },
      { alg: "HS256" },
      { alg: "EdDSA", kid: "two" },
      { alg: "EdDSA", crit: ["b64"], b64: false },
      { alg: "EdDSA", jwk },
    ];
    const seeds = [
      room,
      room,
      login,
      ...bad,
      ...headers.map((header) => `${part(header)}.${payload}.${signature}`),
    ];
    return {
      make: (random) => {
        const seed = random.pick(seeds);
        if (random.chance(0.15)) return seed;
        if (random.chance(0.005)) return seed + random.pick(WORDS).repeat(8_000);
        return mutateText(random, seed, WORDS);
      },
      check: async (text) => {
        readOwnClaims(text);
        const expected = { origin: ORIGIN, roomId: ID as RoomId, nowMs: NOW_MS };
        const read = await verifyRoomToken(text, expected, keys);
        const asLogin = await checkLogin(text, ORIGIN);
        must(!asLogin.ok || text === login, "a login that nobody signed so");
        if (!read.ok) return asLogin.ok ? ACCEPTED : read.error.code;
        must(text === room, "a token that nobody signed so");
        must(v.is(tokenClaimsSchema, GOOD) && read.value.jti === GOOD.jti, "other claims");
        return ACCEPTED;
      },
    };
  },
});
