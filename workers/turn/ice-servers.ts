import type { MemberId } from "../../protocol/ids.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { IceServer, TurnCredentials } from "./turn-credentials.ts";
import { turnServerCredentials } from "./turn-server.ts";
import { turnServiceCredentials } from "./turn-service.ts";

/** The ICE servers a member is told, as configured: STUN, and, for who may relay, each way to TURN that is set up. SPEC HTTP-5. */
export function iceServersFor(
  config: Pick<Config, "stunUrls" | "turnServer" | "turnService">,
  deps: {
    readonly fetch: (request: Request) => Promise<Response>;
    readonly nowMs: () => number;
    readonly log: Log;
  },
): (memberId: MemberId, mayRelay: boolean) => Promise<IceServer[]> {
  const turn: TurnCredentials[] = [];
  if (config.turnServer !== undefined) {
    turn.push(turnServerCredentials(config.turnServer, deps.nowMs));
  }
  if (config.turnService !== undefined) {
    turn.push(turnServiceCredentials(config.turnService, deps));
  }
  const stun = config.stunUrls.length === 0 ? [] : [{ urls: [...config.stunUrls] }];
  return async (memberId, mayRelay) => {
    if (!mayRelay) return stun;
    const servers = await Promise.all(turn.map((credentials) => credentials(memberId)));
    return [...stun, ...servers.flat()];
  };
}
