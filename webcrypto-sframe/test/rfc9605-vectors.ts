import { existsSync, readFileSync } from "node:fs";
import type { CipherSuite, Uint64 } from "../src/index.ts";

type Hex = string;

export type HeaderVector = { kid: Uint64; ctr: Uint64; encoded: Hex };

export type AeadVector = {
  cipher_suite: number;
  key: Hex;
  enc_key: Hex;
  auth_key: Hex;
  nonce: Hex;
  aad: Hex;
  pt: Hex;
  ct: Hex;
};

export type SframeVector = {
  cipher_suite: number;
  kid: Uint64;
  ctr: Uint64;
  base_key: Hex;
  sframe_key_label: Hex;
  sframe_salt_label: Hex;
  sframe_secret: Hex;
  sframe_key: Hex;
  sframe_salt: Hex;
  metadata: Hex;
  nonce: Hex;
  aad: Hex;
  pt: Hex;
  ct: Hex;
};

export type Vectors = {
  source: string;
  header: HeaderVector[];
  aes_ctr_hmac: AeadVector[];
  aes_256_ctr_hmac: AeadVector[];
  sframe: SframeVector[];
};

const OWN_COPY = new URL("vectors/rfc9605-sframe.json", import.meta.url);
// Beside a checkout there may be the original; where it is, both must pass.
const ORIGINAL = new URL("../../../shared/vectors/rfc9605-sframe.json", import.meta.url);

/** The published vectors, once for each copy at hand. */
export const VECTORS: readonly Vectors[] = [
  { source: "own copy", ...read(OWN_COPY) },
  ...(existsSync(ORIGINAL) ? [{ source: "original", ...read(ORIGINAL) }] : []),
];

const SUITES: Readonly<Record<number, CipherSuite>> = {
  1: "AES_128_CTR_HMAC_SHA256_80",
  2: "AES_128_CTR_HMAC_SHA256_64",
  3: "AES_128_CTR_HMAC_SHA256_32",
  4: "AES_128_GCM_SHA256_128",
  5: "AES_256_GCM_SHA512_128",
};

export const ALL_SUITES: readonly CipherSuite[] = Object.values(SUITES);

export function suiteByNumber(id: number): CipherSuite {
  const suite = SUITES[id];
  if (suite === undefined) throw new Error(`no suite ${id}`);
  return suite;
}

function read(url: URL): Omit<Vectors, "source"> {
  // Some values lie above 2^53 - 1: they are read from the digits, not from the rounded number.
  return JSON.parse(
    readFileSync(url, "utf8"),
    (_key, value: unknown, context?: { source?: string }) =>
      typeof value === "number" && !Number.isSafeInteger(value)
        ? BigInt(context?.source ?? "")
        : value,
  );
}
