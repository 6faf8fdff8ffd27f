/** An Ed25519 key pair. The private half is a handle: its bytes can't be read, here or anywhere. */
export type SigningKey = {
  readonly privateKey: CryptoKey;
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
};

export async function makeSigningKey(): Promise<SigningKey> {
  // A public key is always extractable; `false` speaks of the private one.
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519: expected a key pair");
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey };
}

export async function sign(
  key: SigningKey,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, bytes));
}
