/**
 * A base key of RFC 9605: its bytes, or an HKDF `CryptoKey` with the usage `deriveBits`, which may be
 * non-extractable. Bytes are read before the call that takes them returns; their owner may wipe them.
 */
export type BaseKey = Uint8Array<ArrayBuffer> | CryptoKey;

/** Returns `baseKey` as an HKDF key, or throws a TypeError where it cannot serve as one. */
export async function importBaseKey(baseKey: BaseKey): Promise<CryptoKey> {
  if (baseKey instanceof Uint8Array) {
    if (baseKey.length === 0) throw new TypeError("baseKey: expected at least one byte, got none");
    return crypto.subtle.importKey("raw", baseKey, "HKDF", false, ["deriveBits"]);
  }
  if (baseKey.algorithm?.name !== "HKDF" || !baseKey.usages.includes("deriveBits")) {
    throw new TypeError(
      'baseKey: expected a Uint8Array or an HKDF CryptoKey with the usage "deriveBits"',
    );
  }
  return baseKey;
}
