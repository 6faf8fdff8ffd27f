import type { Aead, AeadDirection } from "./aead.ts";

/** AES-GCM (RFC 9605 §4.5, suites 4 and 5). */
export async function importAesGcm(
  keyBytes: Uint8Array<ArrayBuffer>,
  direction: AeadDirection,
): Promise<Aead> {
  const { subtle } = crypto;
  const usage = direction === "seal" ? "encrypt" : "decrypt";
  const key = await subtle.importKey("raw", keyBytes, "AES-GCM", false, [usage]);
  // The suites' tags have 16 bytes, as WebCrypto's have where nobody says otherwise.
  return {
    // Hands on WebCrypto's own promise: one wait fewer, and this is the path of every frame.
    seal(nonce, aad, plaintext) {
      const parameters = { name: "AES-GCM", iv: nonce, additionalData: aad };
      return subtle.encrypt(parameters, key, plaintext);
    },

    async open(nonce, aad, sealed) {
      const parameters = { name: "AES-GCM", iv: nonce, additionalData: aad };
      try {
        return new Uint8Array(await subtle.decrypt(parameters, key, sealed));
      } catch (error) {
        // The one name WebCrypto gives a tag that does not fit. Anything else is a bug, and bugs throw.
        if (error instanceof Error && error.name === "OperationError") return undefined;
        throw error;
      }
    },
  };
}
