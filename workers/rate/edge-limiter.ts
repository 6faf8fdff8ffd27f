import type { RoomId } from "../../protocol/ids.ts";
import type { EdgeLimits } from "../config.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** How long the caller has to wait; 0 lets the request through, and has counted it. */
type Wait = { readonly retryAfterSec: number };

/** Decides before a room is woken whether one more request is too many. */
export type EdgeLimiter = {
  readonly create: (addressTag: string) => Wait;
  readonly tokenForAddress: (addressTag: string) => Wait;
  /**
   * `isKnown`: the request shows an access value that this room has accepted. Strangers have a bucket
   * of their own, so that by asking often they lock out nobody who holds the link.
   */
  readonly tokenForRoom: (roomId: RoomId, isKnown: boolean) => Wait;
};

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The limiter that counts in this isolate. */
export function isolateLimiter(limits: EdgeLimits, nowMs: () => number): EdgeLimiter {
  const create = [
    new TokenBuckets({ most: limits.createPerMinute, perMs: MINUTE_MS }),
    new TokenBuckets({ most: limits.createPerDay, perMs: DAY_MS }),
  ];
  const byAddress = [
    new TokenBuckets({ most: limits.tokensPerMinutePerAddress, perMs: MINUTE_MS }),
  ];
  const byRoom = [new TokenBuckets({ most: limits.tokensPerMinutePerRoom, perMs: MINUTE_MS })];
  const takeOf = (buckets: readonly TokenBuckets[], key: string): Wait => {
    const now = nowMs();
    const waitMs = Math.max(...buckets.map((bucket) => bucket.waitMs(key, now)));
    // What is refused isn't counted: whoever waits as long as told gets in.
    if (waitMs === 0) for (const bucket of buckets) bucket.take(key, now);
    return { retryAfterSec: Math.ceil(waitMs / 1000) };
  };
  return {
    create: (addressTag) => takeOf(create, addressTag),
    tokenForAddress: (addressTag) => takeOf(byAddress, addressTag),
    tokenForRoom: (roomId, isKnown) =>
      takeOf(byRoom, `${isKnown ? "known" : "stranger"} ${roomId}`),
  };
}
