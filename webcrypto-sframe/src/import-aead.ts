import type { Aead, AeadDirection } from "./aead.ts";
import { importAesCtrHmac } from "./aes-ctr-hmac.ts";
import { importAesGcm } from "./aes-gcm.ts";
import type { AeadParameters } from "./cipher-suite.ts";

/** Imports `key` as non-extractable WebCrypto keys for one direction, then wipes its bytes. */
export async function importAead(
  parameters: AeadParameters,
  key: Uint8Array<ArrayBuffer>,
  direction: AeadDirection,
): Promise<Aead> {
  try {
    return await (parameters.mode === "gcm"
      ? importAesGcm(key, direction)
      : importAesCtrHmac(parameters, key, direction));
  } finally {
    key.fill(0);
  }
}
