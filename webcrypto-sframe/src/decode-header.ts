import type { HeaderFields } from "./encode-header.ts";
import type { HeaderFailure } from "./failure.ts";
import type { Result } from "./result.ts";
import { readUint64, type Uint64 } from "./uint64.ts";

/** A header read from the front of a frame; `sizeBytes` (1 to 17) is where the ciphertext starts. */
export type DecodedHeader = HeaderFields & { readonly sizeBytes: number };

/**
 * Reads the header at the front of `frame` without decrypting anything (RFC 9605 §4.3).
 *
 * Nothing it returns is authenticated. Bytes after the header are not looked at.
 *
 * RFC 9605 says that an encoder must use the fewest bytes and leaves a decoder free. This one refuses
 * longer forms (`sframe-header-not-minimal`): no conforming sender makes them, and a frame then has
 * one spelling only. Too few bytes: `sframe-header-truncated`.
 */
export function decodeHeader(frame: Uint8Array): Result<DecodedHeader, HeaderFailure> {
  const config = frame[0];
  if (config === undefined) return TRUNCATED;
  const kidBytes = (config & 0x80) === 0 ? 0 : ((config >>> 4) & 7) + 1;
  const ctrBytes = (config & 0x08) === 0 ? 0 : (config & 7) + 1;
  const sizeBytes = 1 + kidBytes + ctrBytes;
  if (frame.length < sizeBytes) return TRUNCATED;
  const kid = kidBytes === 0 ? (config >>> 4) & 7 : readUint64(frame, 1, kidBytes);
  const ctr = ctrBytes === 0 ? config & 7 : readUint64(frame, 1 + kidBytes, ctrBytes);
  if (!isMinimal(kid, kidBytes) || !isMinimal(ctr, ctrBytes)) return NOT_MINIMAL;
  return { ok: true, value: { kid, ctr, sizeBytes } };
}

const TRUNCATED = { ok: false, error: { code: "sframe-header-truncated" } } as const;
const NOT_MINIMAL = { ok: false, error: { code: "sframe-header-not-minimal" } } as const;

// The least value that needs n bytes of its own: 8 for one byte, as smaller ones fit the config byte.
const LEAST_BY_BYTE_LENGTH = [0, 8, ...[1, 2, 3, 4, 5, 6, 7].map((bytes) => 2 ** (8 * bytes))];

function isMinimal(value: Uint64, byteLength: number): boolean {
  return value >= (LEAST_BY_BYTE_LENGTH[byteLength] ?? 0);
}
