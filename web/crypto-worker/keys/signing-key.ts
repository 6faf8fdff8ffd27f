import { verifyEd25519 } from "../../../protocol/ed25519.ts";

/** A key pair, Ed25519 unless it is a ticket key. The private half is a handle: its bytes can't be read, here or anywhere. */
export type SigningKey = {
  readonly privateKey: CryptoKey;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
};

export const makeSigningKey = (): Promise<SigningKey> =>
  // A public key is always extractable; `false` speaks of the private one.
  withRawPublic(crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]));

/** X25519 (RFC 7748), for what is sealed to this device by HPKE. */
export const makeTicketKey = (): Promise<SigningKey> =>
  withRawPublic(crypto.subtle.generateKey("X25519", false, ["deriveBits"]));

async function withRawPublic(made: Promise<CryptoKey | CryptoKeyPair>): Promise<SigningKey> {
  const pair = await made;
  if (!("privateKey" in pair)) throw new TypeError("key: expected a pair");
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey };
}

export async function sign(
  key: SigningKey,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, bytes));
}

/** PKCS#8 in front of a raw Ed25519 seed (RFC 8410 §7). */
const PKCS8_PREFIX = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

/** The signing key of a seed (RFC 8032 §5.1.5), not extractable; `undefined` unless it is that of `publicKey`. */
export async function signingKeyOf(
  seed: Uint8Array<ArrayBuffer>,
  publicKey: Uint8Array<ArrayBuffer>,
): Promise<SigningKey | undefined> {
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...seed]);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", false, ["sign"]);
  pkcs8.fill(0);
  const key = { privateKey, publicKey };
  const probe = new Uint8Array(32);
  return (await verifyEd25519(publicKey, await sign(key, probe), probe)) ? key : undefined;
}

/** A key to give away: its seed, and what others know it by. */
export async function makeSeed(): Promise<{
  readonly seed: Uint8Array<ArrayBuffer>;
  readonly publicKey: Uint8Array<ArrayBuffer>;
}> {
  const made = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in made)) throw new TypeError("Ed25519: expected a key pair");
  const [pkcs8, publicKey] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", made.privateKey),
    crypto.subtle.exportKey("raw", made.publicKey),
  ]);
  // The seed is the end of it, whatever optional parts stand in front.
  return { seed: new Uint8Array(pkcs8).slice(-32), publicKey: new Uint8Array(publicKey) };
}
