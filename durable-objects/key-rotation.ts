/** When a signing key is used. The key itself is elsewhere: what is decided here needs no secret. */
export type KeyTimes = {
  readonly kid: string;
  readonly signsFromMs: number;
  readonly signsUntilMs: number;
};

/** What has to be done now for the rule of `planRotation` to hold. */
export type RotationPlan = {
  /** The key that signs now; absent when it is the one to be made. */
  readonly signing: KeyTimes | undefined;
  /** All keys still to be published, old and next ones included, with their times brought up to date. */
  readonly kept: readonly KeyTimes[];
  /** The times of a key that has to be made. */
  readonly make: Omit<KeyTimes, "kid"> | undefined;
};

const MINUTE_MS = 60_000;

export const ROTATION = {
  /** How long one key signs. A stolen one is worth no more than this. */
  signingMs: 24 * 60 * MINUTE_MS,
  /**
   * How long before its first use a key is published. Longer than any cache of public keys lives
   * (`publicKeysForSec` in an isolate, then as long again behind the JWKS route's `max-age`).
   */
  publishedBeforeMs: 15 * MINUTE_MS,
  /** How long an isolate may keep the private key. It may sign with it so long after its time is over. */
  handedOutForSec: 10 * 60,
  /** How long public keys may be kept by whoever asked for them. */
  publicKeysForSec: 5 * 60,
  /** How long a public key stays after its last signature: a token's ten minutes, and clocks that differ. */
  verifiesAfterMs: 15 * MINUTE_MS,
} as const;

/**
 * Decides, from times alone, which key signs, which are published and whether one must be made.
 *
 * A key is published for `publishedBeforeMs` before it signs, so that whoever caches public keys has
 * it by then. Nobody wakes the ring in time when no one calls: the old key then goes on until the
 * next has been public for long enough. Only the very first key signs at once; no cache can lack it.
 */
export function planRotation(keys: readonly KeyTimes[], nowMs: number): RotationPlan {
  const ordered = keys.toSorted((a, b) => a.signsFromMs - b.signsFromMs);
  const newest = ordered.at(-1);
  if (newest === undefined) {
    return {
      signing: undefined,
      kept: [],
      make: { signsFromMs: nowMs, signsUntilMs: nowMs + ROTATION.signingMs },
    };
  }
  const isDue = nowMs >= newest.signsUntilMs - ROTATION.publishedBeforeMs;
  const nextFromMs = Math.max(newest.signsUntilMs, nowMs + ROTATION.publishedBeforeMs);
  const current = isDue
    ? ordered.map((key) => (key === newest ? { ...key, signsUntilMs: nextFromMs } : key))
    : ordered;
  const goneAfterMs = ROTATION.handedOutForSec * 1000 + ROTATION.verifiesAfterMs;
  return {
    signing: current.findLast((key) => key.signsFromMs <= nowMs),
    kept: current.filter((key) => key.signsUntilMs + goneAfterMs > nowMs),
    make: isDue
      ? { signsFromMs: nextFromMs, signsUntilMs: nextFromMs + ROTATION.signingMs }
      : undefined,
  };
}

/** The name of the day (UTC) whose key makes address tags. */
export const dayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);
