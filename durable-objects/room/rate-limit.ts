import type { RoomLimits } from "./state.ts";

/** A token bucket. `tokens` below zero counts how far past the limit its owner went. */
export type Bucket = { readonly tokens: number; readonly atMs: number };

export const fullBucket = (limits: RoomLimits, atMs: number): Bucket => ({
  tokens: limits.socketBurst,
  atMs,
});

/**
 * Takes one token for one message. SPEC ROOM-8.
 *
 * `flood` is answered once, when the bucket runs dry; `dropped` after that; `closed` when the socket
 * went on for a whole second's worth of messages.
 */
export function takeToken(
  bucket: Bucket,
  atMs: number,
  limits: RoomLimits,
): { readonly bucket: Bucket; readonly verdict: "taken" | "flood" | "dropped" | "closed" } {
  // A clock that steps back must not take tokens away.
  const elapsedMs = Math.max(0, atMs - bucket.atMs);
  const filled = Math.min(
    limits.socketBurst,
    bucket.tokens + (elapsedMs * limits.socketPerSecond) / 1000,
  );
  const next = { tokens: filled - 1, atMs };
  if (filled >= 1) return { bucket: next, verdict: "taken" };
  if (next.tokens < -limits.socketPerSecond) return { bucket: next, verdict: "closed" };
  return { bucket: next, verdict: bucket.tokens >= 0 ? "flood" : "dropped" };
}

const STRIKE_WINDOW_MS = 60_000;
const STRIKES = 3;

/** Notes one more unreadable message; `out` is the third within a minute. SPEC WIRE-3. */
export function addStrike(
  strikesAtMs: readonly number[],
  atMs: number,
): { readonly strikesAtMs: readonly number[]; readonly out: boolean } {
  const recent = [...strikesAtMs.filter((at) => atMs - at < STRIKE_WINDOW_MS), atMs];
  return { strikesAtMs: recent, out: recent.length >= STRIKES };
}

/** How long a socket that asked at `lastAtMs` has to wait until it may ask again. SPEC KNOCK-8. */
export const waitToAskMs = (
  lastAtMs: number | undefined,
  atMs: number,
  limits: RoomLimits,
): number => (lastAtMs === undefined ? 0 : lastAtMs + limits.askEveryMs - atMs);
