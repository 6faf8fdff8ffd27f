import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { roomIdSchema } from "../../../protocol/ids.ts";
import { createEdgeApi } from "../../../web/io/edge-api.ts";
import { createManualClock } from "../../support/manual-clock.ts";

const ROOM = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAA");
const BODY = { access: "a", roomDeviceKey: "k", proof: "p", atSec: 1 };
const ANSWER = { token: "t", expiresAtSec: 2, iceServers: [], iceTransportPolicy: "all" };

type Reply = { readonly status: number; readonly body: string } | "unreachable" | "silent";
const json = (status: number, body: object): Reply => ({ status, body: JSON.stringify(body) });

function edge(...replies: readonly Reply[]) {
  const clock = createManualClock();
  const asked: { readonly url: string; readonly init: RequestInit }[] = [];
  const fetching = (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const reply = replies[asked.length] ?? "unreachable";
    asked.push({ url: url instanceof URL ? url.href : "no URL", init });
    if (reply === "unreachable") return Promise.reject(new TypeError("network"));
    if (reply !== "silent")
      return Promise.resolve(new Response(reply.body, { status: reply.status }));
    return new Promise((_, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      queueMicrotask(() => clock.advance(10_000));
    });
  };
  const api = createEdgeApi({ origin: "https://sotto.test", clock, fetch: fetching });
  return { api, asked, clock };
}

describe("the edge, as the page asks it", () => {
  it("[HTTP-2] asks for a token by POST, without cookie or referrer, and follows no redirect", async () => {
    const { api, asked, clock } = edge(json(200, ANSWER));
    expect(await api.requestToken(ROOM, BODY)).toEqual({ ok: true, value: ANSWER });
    expect(asked[0]?.url).toBe(`https://sotto.test/api/rooms/${ROOM}/tokens`);
    expect(asked[0]?.init).toMatchObject({
      method: "POST",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
    });
    expect(asked[0]?.init.body).toBe(JSON.stringify(BODY));
    expect(clock.pending()).toBe(0);
  });

  it("[HTTP-4] hands on a refusal with its code and what comes with it", async () => {
    const refused = { code: "proof-expired", timeSec: 1_800_000_000 };
    const { api, asked } = edge(json(401, refused));
    expect(await api.requestToken(ROOM, BODY)).toEqual({ ok: false, error: refused });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["no JSON", { status: 200, body: "<html>Welcome to our hotel</html>" }],
    ["another shape", json(200, { token: 1 })],
    ["more than it should", json(200, { ...ANSWER, more: true })],
    ["a refusal nobody knows", json(400, { code: "no-such-code" })],
    ["nothing", { status: 502, body: "" }],
  ] as const)("takes %s for malformed", async (_, reply) => {
    const { api } = edge(reply);
    expect(await api.requestToken(ROOM, BODY)).toMatchObject({
      error: { code: "edge-answer-malformed" },
    });
  });

  it.each(["unreachable", "silent"] as const)(
    "asks once more when the edge is %s",
    async (first) => {
      const { api, asked, clock } = edge(first, json(200, ANSWER));
      expect(await api.requestToken(ROOM, BODY)).toMatchObject({ ok: true });
      expect(asked).toHaveLength(2);
      expect(clock.pending()).toBe(0);
    },
  );

  it("says that the edge is unreachable after the second time", async () => {
    const { api, asked, clock } = edge("silent", "unreachable");
    expect(await api.requestToken(ROOM, BODY)).toMatchObject({
      error: { code: "edge-unreachable" },
    });
    expect(asked).toHaveLength(2);
    expect(clock.pending()).toBe(0);
  });

  it("takes a proof that counts as used only because its first answer was lost for no answer", async () => {
    const replayed = json(401, { code: "proof-replayed" });
    expect(await edge("unreachable", replayed).api.requestToken(ROOM, BODY)).toMatchObject({
      error: { code: "edge-unreachable" },
    });
    expect(await edge(replayed).api.requestToken(ROOM, BODY)).toMatchObject({
      error: { code: "proof-replayed" },
    });
  });

  it("[HTTP-1] creates a room", async () => {
    const { api, asked } = edge(json(201, { roomId: ROOM }));
    const body = {
      hostPublicKey: "h",
      accessHash: "a",
      doorPolicy: "d",
      sealedPolicy: "s",
      signature: "x",
    };
    expect(await api.createRoom(body)).toEqual({ ok: true, value: { roomId: ROOM } });
    expect(asked[0]?.url).toBe("https://sotto.test/api/rooms");
  });
});
