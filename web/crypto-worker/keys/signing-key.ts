import type { KeyName } from "./key-vault.ts";

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
const makeTicketKey = (): Promise<SigningKey> =>
  withRawPublic(crypto.subtle.generateKey("X25519", false, ["deriveBits"]));

/** A new key of the kind its name asks for. */
export const makeKeyFor = (name: KeyName): Promise<SigningKey> =>
  name.startsWith("ticket/") ? makeTicketKey() : makeSigningKey();

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
