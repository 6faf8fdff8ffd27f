import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import { fromBase64Url, toBase64Url } from "../../protocol/bytes.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";

/** Public keys ready to verify with. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Reads a JWKS (RFC 7517). Throws for what is none. */
export const readKeySet = (jwks: object): KeySet =>
  // The library checks the shape and throws; its type wants it checked already.
  createLocalJWKSet(jwks as JSONWebKeySet);

/** An Ed25519 private key that signs and can't be exported again. */
export async function importSigningKey(privateJwk: JsonWebKey): Promise<CryptoKey> {
  const key = await importJWK({ ...privateJwk, ext: false }, "EdDSA");
  if (key instanceof Uint8Array) throw new TypeError("signing key: expected an Ed25519 JWK");
  return key;
}

/** RFC 7638 thumbprint of a raw Ed25519 public key: the `jkt` of RFC 7800. */
export const thumbprintOf = (publicKey: Uint8Array): Promise<string> =>
  calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x: toBase64Url(publicKey) }, "sha256");

/** A JWT with EdDSA over the claims as they are. */
export const signJwt = (
  claims: JWTPayload,
  key: { readonly kid: string; readonly privateKey: CryptoKey },
): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: "EdDSA", kid: key.kid, typ: "JWT" })
    .sign(key.privateKey);

export type JwtFailure = { readonly code: "jwt-expired" | "jwt-invalid" | "jwt-key-unknown" };

/**
 * Claims of a JWT signed by one of the keys, for this audience, not expired by the given clock.
 *
 * `jwt-key-unknown`: no key fits; newer keys might. Every other fault is `jwt-invalid`.
 */
export async function verifyJwt(
  jwt: string,
  keys: KeySet,
  expected: {
    readonly audience: string;
    readonly issuer?: string;
    readonly algorithms: readonly string[];
    readonly nowMs: number;
    readonly clockToleranceSec: number;
  },
): Promise<Result<JWTPayload, JwtFailure>> {
  // The library also reads spellings that differ in unused bits or spaces: a token has one.
  if (!jwt.split(".").every((part) => fromBase64Url(part) !== undefined))
    return fail("jwt-invalid");
  try {
    const { payload } = await jwtVerify(jwt, keys, {
      audience: expected.audience,
      ...(expected.issuer === undefined ? {} : { issuer: expected.issuer }),
      algorithms: [...expected.algorithms],
      currentDate: new Date(expected.nowMs),
      clockTolerance: expected.clockToleranceSec,
      requiredClaims: ["exp"],
    });
    return ok(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return fail("jwt-expired");
    if (error instanceof errors.JWKSNoMatchingKey) return fail("jwt-key-unknown");
    // Whatever else the library finds wrong with what a stranger sent; its text may quote it.
    return fail("jwt-invalid");
  }
}
