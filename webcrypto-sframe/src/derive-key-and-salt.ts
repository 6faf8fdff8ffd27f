import { NONCE_BYTES, type SuiteParameters } from "./cipher-suite.ts";
import { type Uint64, writeUint64 } from "./uint64.ts";

// RFC 9605 §4.4.2.
const KEY_LABEL = new TextEncoder().encode("SFrame 1.0 Secret key ");
const SALT_LABEL = new TextEncoder().encode("SFrame 1.0 Secret salt ");

export type KeyAndSalt = {
  /** sframe_key; whoever imports it wipes it. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** sframe_salt, 12 bytes. */
  readonly salt: Uint8Array<ArrayBuffer>;
};

/** Derives sframe_key and sframe_salt for one KID (RFC 9605 §4.4.2). */
export async function deriveKeyAndSalt(
  suite: SuiteParameters,
  baseKey: CryptoKey,
  kid: Uint64,
): Promise<KeyAndSalt> {
  const keyBytes = suite.encryptionKeyBytes + suite.authenticationKeyBytes;
  const [key, salt] = await Promise.all([
    expand(suite, baseKey, labelFor(KEY_LABEL, kid, suite.id), keyBytes),
    expand(suite, baseKey, labelFor(SALT_LABEL, kid, suite.id), NONCE_BYTES),
  ]);
  return { key, salt };
}

/** The label, then KID in eight bytes and the suite's number in two, both big-endian. */
export function labelFor(label: Uint8Array, kid: Uint64, suiteId: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(label.length + 10);
  bytes.set(label);
  writeUint64(bytes, label.length, 8, kid);
  writeUint64(bytes, label.length + 8, 2, suiteId);
  return bytes;
}

async function expand(
  suite: SuiteParameters,
  baseKey: CryptoKey,
  info: Uint8Array<ArrayBuffer>,
  byteLength: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // WebCrypto's HKDF is Extract, then Expand, in one step: the secret in between never surfaces.
  const parameters = { name: "HKDF", hash: suite.hash, salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, baseKey, byteLength * 8));
}
