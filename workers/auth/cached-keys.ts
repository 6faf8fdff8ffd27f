import { fail, type Result } from "../../protocol/result.ts";
import { type JwtFailure, type KeySet, readKeySet } from "./jwt.ts";

export type CachedKeys = {
  /**
   * Runs `verify` with the keys at hand; once more with fresh ones when it doesn't know the key.
   * Throws when the keys can't be fetched.
   */
  readonly verifyWith: <Value>(
    verify: (keys: KeySet) => Promise<Result<Value, JwtFailure>>,
  ) => Promise<Result<Value, JwtFailure>>;
};

/**
 * Public keys, kept for `keepForMs`. A key nobody knows fetches them again, but at most once in
 * `forcedEveryMs`: whoever sends made-up key ids must not make the edge fetch for each.
 */
export function cachedKeys(options: {
  readonly fetchJwks: () => Promise<object>;
  readonly nowMs: () => number;
  readonly keepForMs: number;
  readonly forcedEveryMs: number;
}): CachedKeys {
  // Only results are kept, no promise: in workerd one request must not wait on another's I/O.
  let cached: { readonly keys: KeySet; readonly atMs: number } | undefined;
  let forcedAtMs = Number.NEGATIVE_INFINITY;
  const fetchKeys = async (): Promise<KeySet> => {
    const keys = readKeySet(await options.fetchJwks());
    cached = { keys, atMs: options.nowMs() };
    return keys;
  };
  return {
    verifyWith: async (verify) => {
      const isFresh = cached !== undefined && options.nowMs() - cached.atMs < options.keepForMs;
      const keys = isFresh && cached !== undefined ? cached.keys : await fetchKeys();
      const outcome = await verify(keys);
      if (outcome.ok || outcome.error.code !== "jwt-key-unknown") return outcome;
      if (!isFresh || options.nowMs() - forcedAtMs < options.forcedEveryMs) {
        return fail("jwt-invalid");
      }
      forcedAtMs = options.nowMs();
      return await verify(await fetchKeys());
    },
  };
}
