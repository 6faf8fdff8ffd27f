import { fail, ok, type Result } from "../../protocol/result.ts";
import type { CachedKeys } from "./cached-keys.ts";
import { verifyJwt } from "./jwt.ts";

/** Asymmetric algorithms alone: a public key must never be taken for a shared secret. */
const ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "ES384", "ES512", "PS256", "RS256"];
const MOST_LIFETIME_SEC = 3_600;
/** Another service's clock may be off by so much. */
const CLOCK_TOLERANCE_SEC = 60;

export type LoginCheck = (
  login: string | undefined,
  origin: string,
) => Promise<Result<true, { readonly code: "login-required" | "login-invalid" }>>;

/** Accepts a JWT of the operator's own issuer: for this origin, and valid for an hour at most. */
export const loginCheck =
  (keys: CachedKeys, nowMs: () => number): LoginCheck =>
  async (login, origin) => {
    if (login === undefined) return fail("login-required");
    const verified = await keys.verifyWith((set) =>
      verifyJwt(login, set, {
        audience: origin,
        algorithms: ALGORITHMS,
        nowMs: nowMs(),
        clockToleranceSec: CLOCK_TOLERANCE_SEC,
      }),
    );
    if (!verified.ok) return fail("login-invalid");
    const { exp } = verified.value;
    const latestSec = nowMs() / 1000 + MOST_LIFETIME_SEC + CLOCK_TOLERANCE_SEC;
    return exp !== undefined && exp <= latestSec ? ok(true) : fail("login-invalid");
  };
