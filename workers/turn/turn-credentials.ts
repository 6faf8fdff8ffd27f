import type * as v from "valibot";
import type { iceServerSchema } from "../../protocol/http.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";

export type IceServer = v.InferOutput<typeof iceServerSchema>;

/**
 * Where a member gets leave to use a TURN server.
 *
 * What it promises: credentials that live `turnLifetimeSec` at most and at least half of that; no
 * more than `turnLivePerMember` alive per member at once; nothing in them that names the room; and
 * an empty list, never an exception, where there are none to be had.
 */
export type TurnCredentials = (memberId: MemberId) => Promise<readonly IceServer[]>;

/**
 * How long one credential is handed out again to the same member. With a life of `turnLivePerMember`
 * such periods, no more than that many can be alive at once, and nobody has to count them.
 */
export const TURN_PERIOD_SEC = LIMITS.turnLifetimeSec / LIMITS.turnLivePerMember;
