/** A bucket's size, and the time in which an empty one fills. */
export type BucketRate = { readonly most: number; readonly perMs: number };

type Bucket = { readonly left: number; readonly atMs: number };

/**
 * Token buckets by key, in the memory of one isolate.
 *
 * Exact for what one isolate sees, and no more: a deployment runs in many, so the true limit of a
 * whole network is a multiple. That is enough here, where it only spares rooms from being woken;
 * what must be exact, the room counts itself. The keys are bounded, the longest unused goes first.
 */
export class TokenBuckets {
  readonly #rate: BucketRate;
  readonly #mostKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: BucketRate, mostKeys = 10_000) {
    this.#rate = rate;
    this.#mostKeys = mostKeys;
  }

  /** How long until the key may take again; 0 when it may now. Takes nothing. */
  waitMs(key: string, nowMs: number): number {
    const missing = 1 - this.#left(key, nowMs);
    return missing <= 0 ? 0 : Math.ceil((missing * this.#rate.perMs) / this.#rate.most);
  }

  /** Takes one token, whether or not there is a whole one; ask `waitMs` first. */
  take(key: string, nowMs: number): void {
    const left = Math.max(0, this.#left(key, nowMs) - 1);
    this.#buckets.delete(key);
    this.#buckets.set(key, { left, atMs: nowMs });
    if (this.#buckets.size > this.#mostKeys) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
  }

  #left(key: string, nowMs: number): number {
    const { most, perMs } = this.#rate;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return most;
    // Clocks of isolates may step back; that must not take anything away.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    return Math.min(most, bucket.left + (passedMs * most) / perMs);
  }
}
