import * as v from "valibot";
import { iceServerSchema } from "../../protocol/http.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Log } from "../log.ts";
import { type IceServer, TURN_PERIOD_SEC, type TurnCredentials } from "./turn-credentials.ts";

/** A caller waits in the lobby meanwhile; without an answer by then it goes on with STUN alone. */
const TIME_LIMIT_MS = 1_000;
const MOST_MEMBERS_KEPT = 2_000;

const answerSchema = v.object({
  iceServers: v.array(
    v.object({
      urls: v.union([
        v.array(v.string()),
        v.pipe(
          v.string(),
          v.transform((url) => [url]),
        ),
      ]),
      username: v.optional(v.string()),
      credential: v.optional(v.string()),
    }),
  ),
});

/**
 * Credentials from Cloudflare's TURN service.
 *
 * The service knows them by a key id and a lifetime alone: neither member nor room is told to it.
 * Whatever it answers but credentials counts as none, with one line in the log.
 */
export function turnServiceCredentials(
  service: { readonly keyId: string; readonly apiToken: string },
  deps: {
    readonly fetch: (request: Request) => Promise<Response>;
    readonly nowMs: () => number;
    readonly log: Log;
  },
): TurnCredentials {
  const kept = new Map<
    MemberId,
    { readonly servers: readonly IceServer[]; readonly untilMs: number }
  >();
  const url = `https://rtc.live.cloudflare.com/v1/turn/keys/${service.keyId}/credentials/generate-ice-servers`;
  const generate = async (): Promise<readonly IceServer[] | string> => {
    try {
      const response = await deps.fetch(
        new Request(url, {
          method: "POST",
          headers: {
            Authorization: `Bearer ${service.apiToken}`,
            "Content-Type": "application/json",
          },
          body: JSON.stringify({ ttl: LIMITS.turnLifetimeSec }),
          signal: AbortSignal.timeout(TIME_LIMIT_MS),
        }),
      );
      if (!response.ok) return `status ${response.status}`;
      const answer = v.safeParse(answerSchema, await response.json());
      if (!answer.success) return "an answer that is no list of servers";
      const servers = usableServers(answer.output.iceServers);
      return servers.length > 0 ? servers : "an empty list";
    } catch (error) {
      // A time-out, a broken connection, or a page of HTML where JSON was expected.
      return error instanceof Error ? error.name : "an exception";
    }
  };
  return async (memberId) => {
    const now = deps.nowMs();
    const held = kept.get(memberId);
    if (held !== undefined && now < held.untilMs) return held.servers;
    const servers = await generate();
    if (typeof servers === "string") {
      deps.log({ code: "turn-service-unavailable", detail: servers });
      return [];
    }
    kept.delete(memberId);
    kept.set(memberId, { servers, untilMs: now + TURN_PERIOD_SEC * 1000 });
    if (kept.size > MOST_MEMBERS_KEPT) {
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        break;
      }
    }
    return servers;
  };
}

/** TURN alone: STUN is `STUN_URLS`' to say. Browsers block port 53, and trying it only costs time. */
function usableServers(servers: v.InferOutput<typeof answerSchema>["iceServers"]): IceServer[] {
  return servers
    .map((server) => ({
      ...server,
      urls: server.urls.filter((url) => /^turns?:/.test(url) && !/:53(\?|$)/.test(url)),
    }))
    .filter(({ urls, username, credential }) => {
      return urls.length > 0 && username !== undefined && credential !== undefined;
    })
    .map((server) => v.parse(iceServerSchema, server));
}
