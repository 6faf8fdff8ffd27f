import { NONCE_BYTES } from "./cipher-suite.ts";
import { high32, low32, type Uint64 } from "./uint64.ts";

/**
 * sframe_salt XOR CTR, the counter right-aligned in big-endian order (RFC 9605 §4.4.3).
 *
 * Each frame has a buffer of its own. WebCrypto promises to copy it before it returns, so one could
 * be shared; but an engine that read it late would then encrypt two frames under one nonce.
 */
export function formNonce(salt: Uint8Array, ctr: Uint64): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(NONCE_BYTES);
  const high = high32(ctr);
  const low = low32(ctr);
  for (let index = 0; index < 4; index += 1) {
    const shift = 24 - 8 * index;
    nonce[index] = byteAt(salt, index);
    nonce[4 + index] = byteAt(salt, 4 + index) ^ (high >>> shift);
    nonce[8 + index] = byteAt(salt, 8 + index) ^ (low >>> shift);
  }
  return nonce;
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
