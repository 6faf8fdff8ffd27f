import type { Aead, AeadDirection } from "./aead.ts";
import { type AeadParameters, NONCE_BYTES } from "./cipher-suite.ts";
import { equalInConstantTime } from "./equal-in-constant-time.ts";
import { writeUint64 } from "./uint64.ts";

const LENGTHS_BYTES = 24;

/** AES-CTR with a truncated HMAC (RFC 9605 §4.5.1, suites 1 to 3). */
export async function importAesCtrHmac(
  { hash, encryptionKeyBytes, authenticationKeyBytes, tagBytes }: AeadParameters,
  keyBytes: Uint8Array<ArrayBuffer>,
  direction: AeadDirection,
): Promise<Aead> {
  const { subtle } = crypto;
  const usage = direction === "seal" ? "encrypt" : "decrypt";
  const authenticationEnd = encryptionKeyBytes + authenticationKeyBytes;
  const [encryptionKey, authenticationKey] = await Promise.all([
    subtle.importKey("raw", keyBytes.subarray(0, encryptionKeyBytes), "AES-CTR", false, [usage]),
    subtle.importKey(
      "raw",
      keyBytes.subarray(encryptionKeyBytes, authenticationEnd),
      { name: "HMAC", hash },
      false,
      // "verify" compares whole tags, and these are cut short: so both ends sign.
      ["sign"],
    ),
  ]);

  async function computeTag(
    nonce: Uint8Array,
    aad: Uint8Array,
    ciphertext: Uint8Array,
  ): Promise<Uint8Array> {
    const message = authenticatedMessage(nonce, aad, ciphertext, tagBytes);
    return new Uint8Array(await subtle.sign("HMAC", authenticationKey, message), 0, tagBytes);
  }

  return {
    async seal(nonce, aad, plaintext) {
      const encrypted = await subtle.encrypt(ctrParameters(nonce), encryptionKey, plaintext);
      const tag = await computeTag(nonce, aad, new Uint8Array(encrypted));
      const sealed = encrypted.transfer(encrypted.byteLength + tagBytes);
      new Uint8Array(sealed).set(tag, sealed.byteLength - tagBytes);
      return sealed;
    },

    async open(nonce, aad, sealed) {
      // One copy up front: the bytes that are authenticated must be the bytes that are decrypted, even
      // if the caller writes to its buffer in between.
      const own = sealed.slice();
      const ciphertext = own.subarray(0, own.length - tagBytes);
      const expected = await computeTag(nonce, aad, ciphertext);
      if (!equalInConstantTime(expected, own.subarray(ciphertext.length))) return undefined;
      return new Uint8Array(await subtle.decrypt(ctrParameters(nonce), encryptionKey, ciphertext));
    },
  };
}

function ctrParameters(nonce: Uint8Array) {
  // nonce ‖ 0x00000000, of which the last four bytes count blocks.
  const counter = new Uint8Array(16);
  counter.set(nonce);
  return { name: "AES-CTR", counter, length: 32 };
}

/** len(aad) ‖ len(ciphertext) ‖ len(tag), 8 bytes each, then nonce ‖ aad ‖ ciphertext. */
function authenticatedMessage(
  nonce: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tagBytes: number,
): Uint8Array<ArrayBuffer> {
  const aadStart = LENGTHS_BYTES + NONCE_BYTES;
  const ciphertextStart = aadStart + aad.length;
  const message = new Uint8Array(ciphertextStart + ciphertext.length);
  writeUint64(message, 0, 8, aad.length);
  writeUint64(message, 8, 8, ciphertext.length);
  writeUint64(message, 16, 8, tagBytes);
  message.set(nonce, LENGTHS_BYTES);
  message.set(aad, aadStart);
  message.set(ciphertext, ciphertextStart);
  return message;
}
