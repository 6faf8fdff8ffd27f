import { isDeepStrictEqual } from "node:util";
import { Hono } from "hono";
import * as v from "valibot";
import { toBase64Url } from "../../../protocol/bytes.ts";
import { httpFailureSchema } from "../../../protocol/http.ts";
import { readConfig } from "../../../workers/config.ts";
import type { Room } from "../../../workers/deps.ts";
import { createEdge } from "../../../workers/edge.ts";
import { refuse } from "../../../workers/http/answers.ts";
import { createRoom } from "../../../workers/routes/create-room.ts";
import { issueToken } from "../../../workers/routes/issue-token.ts";
import {
  createRoomBody,
  makeDevice,
  makeRoom,
  makeSigningKeys,
  tokenBody,
} from "../../support/room-client-keys.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { EDGE_NUMBERS } from "../loose-cbor.ts";
import { mutateText } from "../mutate.ts";
import type { Random } from "../random.ts";

const ORIGIN = "https://sotto.example";
const NOW_MS = 1_800_000_000_000;
const MANY = 1_000_000_000;
const WORDS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\u0000",
  "null",
  "1e999",
  "-0",
  "__proto__",
  "\\ud800",
  "[".repeat(500),
  "=",
  "-",
];
const TYPES = [
  "application/json",
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "",
  "application/json/x",
];
const VALUES: readonly unknown[] = [
  null,
  true,
  "",
  "A",
  [],
  {},
  [[]],
  ...EDGE_NUMBERS,
  1.5,
  "é",
  "A".repeat(100_000),
];

type Case = {
  readonly path: string;
  readonly method: string;
  readonly type: string;
  readonly body: string;
};

function changeBody(random: Random, body: object): string {
  const fields = Object.entries(body).flatMap(([name, value]) => {
    if (random.chance(0.1)) return [];
    if (random.chance(0.15)) return [[name, random.pick(VALUES)] as const];
    if (typeof value === "string" && random.chance(0.15))
      return [[name, mutateText(random, value, WORDS)] as const];
    return [[name, value] as const];
  });
  if (random.chance(0.1))
    fields.push([random.pick(["extra", "__proto__", "login"]), random.pick(VALUES)]);
  // Own properties whatever their names: `__proto__` too.
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
}

/** Requests to the edge's routes, with room and key ring in memory. */
export const http = fuzzClass({
  name: "http",
  rules: "HTTP-1, HTTP-2, HTTP-4",
  about:
    "Bodies of POST /api/rooms and /tokens through the routes of the app: JSON values and text changed, other types, methods and paths",
  casesInMillion: 40_000,
  prepare: async () => {
    const made = await makeRoom();
    const device = await makeDevice();
    const bodies = [
      ["/api/rooms", await createRoomBody(made)],
      [`/api/rooms/${made.roomId}/tokens`, await tokenBody(made, device, NOW_MS / 1000)],
    ] as const;
    const signing = await makeSigningKeys();
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const privateJwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64Url(signing.publicKey), kid: "one" };
    const config = readConfig({
      STUN_URLS: "",
      EDGE_LIMITS: JSON.stringify({
        createPerMinute: MANY,
        createPerDay: MANY,
        tokensPerMinutePerAddress: MANY,
        tokensPerMinutePerRoom: MANY,
      }),
    });
    if (!config.ok) throw new TypeError("the configuration can't be read");
    const logged: string[] = [];
    const room: Room = {
      createRoom: () => Promise.resolve("made"),
      checkAccess: () =>
        Promise.resolve({
          ok: true,
          value: { role: "member", delegation: undefined, mayRelay: true },
        }),
      fetch: () => Promise.resolve(Response.json({ code: "room-unknown" }, { status: 404 })),
    };
    const edge = createEdge({
      config: config.value,
      room: () => room,
      keyRing: () => ({
        signingKey: () => Promise.resolve({ kid: "one", privateJwk, keepForSec: 600 }),
        publicKeys: () => Promise.resolve({ keys: [jwk] }),
        addressTagKey: () => Promise.resolve({ day: "2027-01-15", key: new Uint8Array(32) }),
      }),
      nowMs: () => NOW_MS,
      fetch: () => Promise.reject(new TypeError("no network in this test")),
      log: ({ code, detail }) => logged.push(`${code}: ${detail}`),
    });
    const app = new Hono();
    app.post("/api/rooms", createRoom(edge));
    app.post("/api/rooms/:id/tokens", issueToken(edge));
    app.notFound(() => refuse("not-found"));
    app.onError((error) => {
      logged.push(error.message);
      return refuse("service-unavailable");
    });
    return {
      make: (random): Case => {
        const [path, body] = random.pick(bodies);
        const text = random.chance(0.6) ? changeBody(random, body) : JSON.stringify(body);
        return {
          path: random.chance(0.9)
            ? path
            : `/api/${mutateText(random, path.slice(5), ["/", "%", "%00", "..", "?", "/socket"])}`,
          method: random.chance(0.95) ? "POST" : random.pick(["PUT", "DELETE", "PATCH"]),
          type: random.chance(0.8) ? "application/json" : random.pick(TYPES),
          body: random.chance(0.3) ? mutateText(random, text, WORDS) : text,
        };
      },
      check: async ({ path, method, type, body }) => {
        logged.length = 0;
        const request = new Request(new URL(path, ORIGIN), {
          method,
          body,
          headers: { "Content-Type": type },
        });
        const answer = await app.fetch(request);
        must(logged.length === 0, `the app threw: ${logged.join()}`);
        const said: unknown = await answer.json();
        if (answer.status >= 300) {
          const failure = v.safeParse(httpFailureSchema, said);
          must(failure.success, "a refusal without a known code");
          return failure.output.code;
        }
        const given: unknown = JSON.parse(body);
        must(
          bodies.some(([, honest]) => isDeepStrictEqual(withoutLogin(given), honest)),
          "a body that nobody signed so",
        );
        return ACCEPTED;
      },
    };
  },
});

/** Signed by nobody, and read only where the operator asks for one. */
function withoutLogin(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { login: _, ...signed } = body as Record<string, unknown>;
  return signed;
}
