import { importAesCtrHmac } from "./aes-ctr-hmac.ts";
import { importAesGcm } from "./aes-gcm.ts";
import type { AeadParameters } from "./cipher-suite.ts";

export type AeadDirection = "seal" | "open";

/** An AEAD of RFC 9605 §4.5 under one key. */
export type Aead = {
  /** Returns ciphertext ‖ tag. */
  seal(
    nonce: Uint8Array<ArrayBuffer>,
    aad: Uint8Array<ArrayBuffer>,
    plaintext: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer>;

  /**
   * Returns the plaintext, or `undefined` where the tag does not fit. The caller has made sure that
   * `sealed` is no shorter than the tag.
   */
  open(
    nonce: Uint8Array<ArrayBuffer>,
    aad: Uint8Array<ArrayBuffer>,
    sealed: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer> | undefined>;
};

/** Imports `key` as non-extractable WebCrypto keys for one direction, then wipes its bytes. */
export async function importAead(
  parameters: AeadParameters,
  key: Uint8Array<ArrayBuffer>,
  direction: AeadDirection,
): Promise<Aead> {
  try {
    return await (parameters.mode === "gcm"
      ? importAesGcm(parameters, key, direction)
      : importAesCtrHmac(parameters, key, direction));
  } finally {
    key.fill(0);
  }
}
