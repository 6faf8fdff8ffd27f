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
