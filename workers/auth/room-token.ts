import * as v from "valibot";
import type { KeyRingRpc } from "../../durable-objects/rpc.ts";
import { toBase64Url } from "../../protocol/bytes.ts";
import { type TokenClaims, tokenClaimsSchema } from "../../protocol/http.ts";
import type { MemberId, RoomId } from "../../protocol/ids.ts";
import { memberIdSchema } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";
import type { CachedKeys } from "./cached-keys.ts";
import { importSigningKey, signJwt, thumbprintOf, verifyJwt } from "./jwt.ts";

export type IssuedToken = { readonly token: string; readonly expiresAtSec: number };

export type TokenIssuer = (about: {
  readonly origin: string;
  readonly roomId: RoomId;
  readonly memberId: MemberId;
  readonly role: TokenClaims["role"];
  readonly delegation: TokenClaims["delegation"];
  readonly roomDeviceKey: Uint8Array<ArrayBuffer>;
}) => Promise<IssuedToken>;

/** Issues room tokens with the ring's key of the moment, which it keeps as long as the ring allows. SPEC TOKEN-1. */
export function tokenIssuer(keyRing: () => KeyRingRpc, nowMs: () => number): TokenIssuer {
  let held:
    | { readonly kid: string; readonly privateKey: CryptoKey; readonly untilMs: number }
    | undefined;
  const signingKey = async () => {
    if (held !== undefined && nowMs() < held.untilMs) return held;
    const askedAtMs = nowMs();
    const { kid, privateJwk, keepForSec } = await keyRing().signingKey();
    const privateKey = await importSigningKey(privateJwk);
    held = { kid, privateKey, untilMs: askedAtMs + keepForSec * 1000 };
    return held;
  };
  return async ({ origin, roomId, memberId, role, delegation, roomDeviceKey }) => {
    const issuedAtSec = Math.floor(nowMs() / 1000);
    const claims: TokenClaims = {
      iss: origin,
      aud: roomId,
      sub: memberId,
      role,
      delegation,
      iat: issuedAtSec,
      exp: issuedAtSec + LIMITS.tokenLifetimeSec,
      jti: toBase64Url(crypto.getRandomValues(new Uint8Array(16))),
      cnf: { jkt: await thumbprintOf(roomDeviceKey) },
    };
    return { token: await signJwt(claims, await signingKey()), expiresAtSec: claims.exp };
  };
}

export type VerifiedToken = {
  readonly memberId: MemberId;
  readonly role: TokenClaims["role"];
  readonly delegation: TokenClaims["delegation"];
  readonly jti: string;
};

/** Reads a token this deployment issued for this room. It proves nothing of who sends it: the room's challenge does. */
export async function verifyRoomToken(
  token: string,
  expected: { readonly origin: string; readonly roomId: RoomId; readonly nowMs: number },
  keys: CachedKeys,
): Promise<Result<VerifiedToken, { readonly code: "token-expired" | "token-invalid" }>> {
  const verified = await keys.verifyWith((set) =>
    verifyJwt(token, set, {
      audience: expected.roomId,
      issuer: expected.origin,
      algorithms: ["EdDSA"],
      nowMs: expected.nowMs,
      // Issued and checked by the same service: its clocks agree within seconds.
      clockToleranceSec: 5,
    }),
  );
  if (!verified.ok) {
    return fail(verified.error.code === "jwt-expired" ? "token-expired" : "token-invalid");
  }
  const claims = v.safeParse(tokenClaimsSchema, verified.value);
  const memberId = v.safeParse(memberIdSchema, verified.value.sub);
  if (!claims.success || !memberId.success) return fail("token-invalid");
  const { role, delegation, jti } = claims.output;
  return ok({ memberId: memberId.output, role, delegation, jti });
}
