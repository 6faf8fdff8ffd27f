/** The cipher suites of RFC 9605 §4.5, by their registered names. */
export type CipherSuite =
  | "AES_128_CTR_HMAC_SHA256_80"
  | "AES_128_CTR_HMAC_SHA256_64"
  | "AES_128_CTR_HMAC_SHA256_32"
  | "AES_128_GCM_SHA256_128"
  | "AES_256_GCM_SHA512_128";

/** What the AEAD itself needs to know; Nka of RFC 9605 is `encryptionKeyBytes`. */
export type AeadParameters = {
  readonly mode: "ctr-hmac" | "gcm";
  readonly hash: "SHA-256" | "SHA-512";
  readonly encryptionKeyBytes: number;
  /** Nh for AES-CTR with HMAC; AES-GCM has no key of its own for authentication. */
  readonly authenticationKeyBytes: number;
  /** Nt. */
  readonly tagBytes: number;
};

export type SuiteParameters = AeadParameters & { readonly id: number };

/** Nn: 12 in every registered suite. */
export const NONCE_BYTES = 12;

// RFC 9605 §4.5, table 1, and the values of §8.1.
const SUITES: Readonly<Record<CipherSuite, SuiteParameters>> = {
  AES_128_CTR_HMAC_SHA256_80: ctrHmac(1, 10),
  AES_128_CTR_HMAC_SHA256_64: ctrHmac(2, 8),
  AES_128_CTR_HMAC_SHA256_32: ctrHmac(3, 4),
  AES_128_GCM_SHA256_128: gcm(4, "SHA-256", 16),
  AES_256_GCM_SHA512_128: gcm(5, "SHA-512", 32),
};

/** Returns the parameters of a suite, or throws a TypeError for a name RFC 9605 does not define. */
export function suiteParameters(cipherSuite: CipherSuite): SuiteParameters {
  // Names come from callers without types too, and "constructor" is not a suite.
  if (!Object.hasOwn(SUITES, cipherSuite)) {
    throw new TypeError(
      `cipherSuite: expected one of ${Object.keys(SUITES).join(", ")}, got ${cipherSuite}`,
    );
  }
  return SUITES[cipherSuite];
}

function ctrHmac(id: number, tagBytes: number): SuiteParameters {
  return {
    id,
    mode: "ctr-hmac",
    hash: "SHA-256",
    encryptionKeyBytes: 16,
    authenticationKeyBytes: 32,
    tagBytes,
  };
}

function gcm(
  id: number,
  hash: AeadParameters["hash"],
  encryptionKeyBytes: number,
): SuiteParameters {
  return { id, mode: "gcm", hash, encryptionKeyBytes, authenticationKeyBytes: 0, tagBytes: 16 };
}
