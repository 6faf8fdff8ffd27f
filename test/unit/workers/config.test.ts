import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../protocol/limits.ts";
import { readConfig } from "../../../workers/config.ts";

describe("configuration", () => {
  it("with nothing set, calls work: a public STUN server, no TURN, anyone may create", () => {
    expect(readConfig({})).toEqual({
      ok: true,
      value: {
        stunUrls: ["stun:stun.cloudflare.com:3478"],
        turnServer: undefined,
        turnService: undefined,
        iceTransportPolicy: "all",
        create: "open",
        tokenIssuerJwksUrl: undefined,
        edgeLimits: {
          createPerMinute: LIMITS.createPerMinute,
          createPerDay: LIMITS.createPerDay,
          tokensPerMinutePerAddress: LIMITS.tokensPerMinutePerAddress,
          tokensPerMinutePerRoom: LIMITS.tokensPerMinutePerRoom,
        },
      },
    });
  });

  it("bindings that are no variables are left alone", () => {
    expect(readConfig({ ROOM: {}, KEY_RING: {}, ASSETS: {} }).ok).toBe(true);
  });

  it("an empty STUN_URLS turns STUN off", () => {
    expect(readConfig({ STUN_URLS: "" })).toMatchObject({ value: { stunUrls: [] } });
  });

  it("an empty variable is an unset one", () => {
    const empty = { TURN_URLS: "", TURN_SECRET: "", TURN_KEY_ID: " ", TOKEN_ISSUER_JWKS_URL: "" };
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it("a TURN server is its addresses and the secret shared with it", () => {
    const vars = {
      TURN_URLS: "turn:turn.example:3478, turns:turn.example:443?transport=tcp",
      TURN_SECRET: "s",
    };
    expect(readConfig(vars)).toMatchObject({
      value: {
        turnServer: {
          urls: ["turn:turn.example:3478", "turns:turn.example:443?transport=tcp"],
          secret: "s",
        },
      },
    });
  });

  it("both ways to TURN may be set up at once", () => {
    const vars = {
      TURN_URLS: "turn:a",
      TURN_SECRET: "s",
      TURN_KEY_ID: "k",
      TURN_KEY_API_TOKEN: "t",
      ICE_TRANSPORT_POLICY: "relay",
    };
    expect(readConfig(vars)).toMatchObject({
      value: { turnService: { keyId: "k", apiToken: "t" }, iceTransportPolicy: "relay" },
    });
  });

  it("limits not named keep their values", () => {
    expect(readConfig({ EDGE_LIMITS: '{"createPerMinute":1000}' })).toMatchObject({
      value: { edgeLimits: { createPerMinute: 1000, createPerDay: LIMITS.createPerDay } },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["STUN_URLS", { STUN_URLS: "stun.secret.example" }],
    ["STUN_URLS", { STUN_URLS: Array.from({ length: 9 }, () => "stun:secret").join() }],
    ["TURN_URLS", { TURN_URLS: "http://secret", TURN_SECRET: "secret" }],
    ["TURN_URLS", { TURN_SECRET: "secret" }],
    ["TURN_SECRET", { TURN_URLS: "turn:secret" }],
    ["TURN_SECRET", { TURN_URLS: "turn:secret", TURN_SECRET: 7 }],
    ["TURN_KEY_ID", { TURN_KEY_API_TOKEN: "secret" }],
    ["TURN_KEY_ID", { TURN_KEY_ID: "../secret", TURN_KEY_API_TOKEN: "secret" }],
    ["TURN_KEY_API_TOKEN", { TURN_KEY_ID: "secret" }],
    ["ICE_TRANSPORT_POLICY", { ICE_TRANSPORT_POLICY: "secret" }],
    ["ICE_TRANSPORT_POLICY", { ICE_TRANSPORT_POLICY: "relay" }],
    ["CREATE", { CREATE: "secret" }],
    ["TOKEN_ISSUER_JWKS_URL", { CREATE: "login" }],
    ["TOKEN_ISSUER_JWKS_URL", { TOKEN_ISSUER_JWKS_URL: "http://secret.example/jwks" }],
    ["TOKEN_ISSUER_JWKS_URL", { TOKEN_ISSUER_JWKS_URL: "secret" }],
    ["EDGE_LIMITS", { EDGE_LIMITS: '{"secret":1}' }],
    ["EDGE_LIMITS", { EDGE_LIMITS: '{"createPerMinute":0}' }],
    ["EDGE_LIMITS", { EDGE_LIMITS: '{"createPerMinute":"secret"}' }],
    ["EDGE_LIMITS", { EDGE_LIMITS: "secret" }],
  ])("a bad %s is named, and no value repeated: %j", (variable, vars) => {
    const config = readConfig(vars);
    if (config.ok) throw new Error("expected a problem");
    expect(config.problems.map((problem) => problem.variable)).toEqual([variable]);
    expect(JSON.stringify(config.problems)).not.toContain("secret");
  });
});
