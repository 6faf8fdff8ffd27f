import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../protocol/limits.ts";
import type { Log } from "../../workers/log.ts";
import { iceServersFor } from "../../workers/turn/ice-servers.ts";
import type { TurnCredentials } from "../../workers/turn/turn-credentials.ts";
import { turnServerCredentials } from "../../workers/turn/turn-server.ts";
import { turnServiceCredentials } from "../../workers/turn/turn-service.ts";
import { FakeTurnService } from "../support/fake-turn-service.ts";
import { makeDevice } from "../support/room-client-keys.ts";

const START_MS = 1_800_000_123_456;

type Maker = (nowMs: () => number) => {
  readonly credentials: TurnCredentials;
  /** Until when a user name given out is good. */
  readonly expiresAtSec: (username: string) => number;
};

const kinds: Record<string, Maker> = {
  "a server with a shared secret": (nowMs) => ({
    credentials: turnServerCredentials({ urls: ["turn:turn.example"], secret: "secret" }, nowMs),
    expiresAtSec: (username) => Number(username.split(":")[0]),
  }),
  "Cloudflare's service": (nowMs) => {
    const service = new FakeTurnService(nowMs);
    return {
      credentials: turnServiceCredentials(
        { keyId: "key", apiToken: "token" },
        { fetch: service.fetch, nowMs, log: unexpectedLine },
      ),
      expiresAtSec: (username) => service.expiresAtSec(username),
    };
  },
};

const unexpectedLine: Log = ({ code }) => {
  throw new Error(`unexpected in the log: ${code}`);
};

describe.each(Object.entries(kinds))("TURN credentials from %s", (_, make) => {
  it("come with a user name and a password for TURN addresses alone", async () => {
    const { credentials } = make(() => START_MS);
    const servers = await credentials((await makeDevice()).memberId);
    expect(servers.length).toBeGreaterThan(0);
    for (const { urls, username, credential } of servers) {
      expect(urls.length).toBeGreaterThan(0);
      for (const url of urls) expect(url).toMatch(/^turns?:/);
      expect(username).toMatch(/./);
      expect(credential).toMatch(/./);
    }
  });

  it("live an hour at most and half an hour at least, two of a member at once at most", async () => {
    let nowMs = START_MS;
    const { credentials, expiresAtSec } = make(() => nowMs);
    const { memberId } = await makeDevice();
    const given = new Set<string>();
    for (let minute = 0; minute < 180; minute += 7) {
      nowMs = START_MS + minute * 60_000;
      const nowSec = nowMs / 1000;
      const [server] = await credentials(memberId);
      const username = server?.username ?? "";
      given.add(username);
      expect(expiresAtSec(username)).toBeLessThanOrEqual(nowSec + LIMITS.turnLifetimeSec);
      expect(expiresAtSec(username)).toBeGreaterThanOrEqual(nowSec + LIMITS.turnLifetimeSec / 2);
      const alive = [...given].filter((name) => expiresAtSec(name) > nowSec);
      expect(alive.length).toBeLessThanOrEqual(LIMITS.turnLivePerMember);
    }
    expect(given.size).toBeGreaterThan(3);
  });

  it("differ from member to member and name none of them", async () => {
    const { credentials } = make(() => START_MS);
    const [one, other] = [(await makeDevice()).memberId, (await makeDevice()).memberId];
    const ofOne = await credentials(one);
    expect(ofOne[0]?.username).not.toBe((await credentials(other))[0]?.username);
    expect(JSON.stringify(ofOne)).not.toContain(one);
  });
});

describe("a TURN server with a shared secret", () => {
  it("takes base64(HMAC-SHA1(secret, user name)) as password", async () => {
    const server = { urls: ["turn:a", "turns:b"], secret: "shared secret" };
    const [credential] = await turnServerCredentials(
      server,
      () => START_MS,
    )((await makeDevice()).memberId);
    expect(credential?.username).toMatch(/^\d{10}:[\w-]{16}$/);
    expect(credential).toEqual({
      urls: server.urls,
      username: credential?.username,
      credential: createHmac("sha1", server.secret)
        .update(credential?.username ?? "")
        .digest("base64"),
    });
  });
});

describe("Cloudflare's TURN service", () => {
  const ask = async (answer?: () => Promise<Response>, mayRelay = true) => {
    const logged: string[] = [];
    const service = new FakeTurnService(() => START_MS);
    if (answer !== undefined) service.answer = answer;
    const iceServers = iceServersFor(
      {
        stunUrls: ["stun:stun.example"],
        turnServer: undefined,
        turnService: { keyId: "key-id", apiToken: "api-token" },
      },
      {
        fetch: service.fetch,
        nowMs: () => START_MS,
        log: ({ code, detail }) => logged.push(`${code}: ${detail}`),
      },
    );
    return { servers: await iceServers((await makeDevice()).memberId, mayRelay), logged, service };
  };

  it("is asked by key id and token for an hour, and told nothing else", async () => {
    const { service } = await ask();
    expect(service.asked).toEqual([
      {
        url: "https://rtc.live.cloudflare.com/v1/turn/keys/key-id/credentials/generate-ice-servers",
        authorization: "Bearer api-token",
        body: { ttl: 3_600 },
      },
    ]);
  });

  it("[HTTP-5] is asked nothing for who may not relay, who gets STUN", async () => {
    const { servers, service } = await ask(undefined, false);
    expect(servers).toEqual([{ urls: ["stun:stun.example"] }]);
    expect(service.asked).toEqual([]);
  });

  it("its addresses at port 53, which browsers block, and its STUN are left out", async () => {
    const { servers } = await ask();
    expect(servers).toEqual([
      { urls: ["stun:stun.example"] },
      {
        urls: [
          "turn:turn.cloudflare.com:3478?transport=udp",
          "turns:turn.cloudflare.com:5349?transport=tcp",
          "turns:turn.cloudflare.com:443?transport=tcp",
        ],
        username: expect.any(String),
        credential: expect.any(String),
      },
    ]);
  });

  it.each<[string, () => Promise<Response>]>([
    ["a refusal", () => Promise.resolve(new Response("no", { status: 401 }))],
    ["HTML", () => Promise.resolve(new Response("<html>", { status: 200 }))],
    ["an empty list", () => Promise.resolve(Response.json({ iceServers: [] }))],
    ["another shape", () => Promise.resolve(Response.json({ iceServers: [{ urls: 7 }] }))],
    [
      "servers without a password",
      () => Promise.resolve(Response.json({ iceServers: [{ urls: ["turn:a"] }] })),
    ],
    ["no connection", () => Promise.reject(new TypeError("api-token"))],
    ["nothing in time", () => Promise.reject(new DOMException("api-token", "TimeoutError"))],
  ])("%s leaves STUN, and one line that holds no secret", async (_, answer) => {
    const { servers, logged } = await ask(answer);
    expect(servers).toEqual([{ urls: ["stun:stun.example"] }]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatch(/^turn-service-unavailable: /);
    expect(logged[0]).not.toContain("api-token");
  });
});
