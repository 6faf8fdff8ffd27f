import { type CachedKeys, cachedKeys } from "./auth/cached-keys.ts";
import { type LoginCheck, loginCheck } from "./auth/login.ts";
import { type TokenIssuer, tokenIssuer } from "./auth/room-token.ts";
import type { AppDeps } from "./deps.ts";
import { addressTag } from "./http/address-tag.ts";
import { type EdgeLimiter, isolateLimiter } from "./rate/edge-limiter.ts";
import { RecentSet } from "./rate/recent-set.ts";
import { iceServersFor } from "./turn/ice-servers.ts";
import { ROTATION } from "../durable-objects/key-rotation.ts";
import { fetchLoginKeys } from "./auth/login-keys.ts";

/** What the routes share, and one isolate keeps from request to request. */
export type Edge = AppDeps & {
  readonly limiter: EdgeLimiter;
  readonly issueToken: TokenIssuer;
  readonly tokenKeys: CachedKeys;
  /** Absent where the deployment has no login of its own. */
  readonly checkLogin: LoginCheck | undefined;
  readonly iceServers: ReturnType<typeof iceServersFor>;
  /** Access values a room accepted lately, as `roomId accessHash`. */
  readonly knownAccess: RecentSet;
  /** The tag of the address a request came from. */
  readonly addressTagOf: (request: Request) => Promise<string>;
};

const MOST_KNOWN_ACCESS = 5_000;

export function createEdge(deps: AppDeps): Edge {
  const { config, keyRing, nowMs } = deps;
  const loginUrl = config.tokenIssuerJwksUrl;
  return {
    ...deps,
    limiter: isolateLimiter(config.edgeLimits, nowMs),
    issueToken: tokenIssuer(keyRing, nowMs),
    tokenKeys: cachedKeys({
      fetchJwks: () => keyRing().publicKeys(),
      nowMs,
      keepForMs: ROTATION.publicKeysForSec * 1000,
      forcedEveryMs: 10_000,
    }),
    checkLogin:
      loginUrl === undefined
        ? undefined
        : loginCheck(
            cachedKeys({
              fetchJwks: () => fetchLoginKeys(loginUrl, deps),
              nowMs,
              keepForMs: 10 * 60_000,
              forcedEveryMs: 30_000,
            }),
            nowMs,
          ),
    iceServers: iceServersFor(config, deps),
    knownAccess: new RecentSet(MOST_KNOWN_ACCESS),
    addressTagOf: addressTagger(deps),
  };
}

/** Tags addresses with the key of the day, asked of the ring once a day. */
function addressTagger({ keyRing, nowMs }: AppDeps): Edge["addressTagOf"] {
  let held: { readonly day: string; readonly key: Uint8Array<ArrayBuffer> } | undefined;
  return async (request) => {
    const today = new Date(nowMs()).toISOString().slice(0, 10);
    if (held?.day !== today) held = await keyRing().addressTagKey();
    return await addressTag(held.key, request.headers.get("CF-Connecting-IP"));
  };
}
