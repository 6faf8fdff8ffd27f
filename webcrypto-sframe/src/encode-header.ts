import { canonicalUint64, minimalByteLength, type Uint64, writeUint64 } from "./uint64.ts";

/** The two numbers an SFrame header carries. */
export type HeaderFields = { readonly kid: Uint64; readonly ctr: Uint64 };

/**
 * Encodes an SFrame header: 1 to 17 bytes, the one minimal form (RFC 9605 §4.3).
 *
 * Throws a TypeError for a `kid` or `ctr` that is not an integer from 0 to 2^64 - 1.
 */
export function encodeHeader({ kid, ctr }: HeaderFields): Uint8Array<ArrayBuffer> {
  return buildHeader(canonicalUint64(kid, "kid"), canonicalUint64(ctr, "ctr"));
}

/** `encodeHeader` for values already known to be canonical: the path every frame takes. */
export function buildHeader(kid: Uint64, ctr: Uint64): Uint8Array<ArrayBuffer> {
  // Config byte: X | K (3 bits) | Y | C (3 bits). A value below 8 sits in K or C itself; a longer one
  // follows, and K or C is then its length less one.
  const kidBytes = kid < 8 ? 0 : minimalByteLength(kid);
  const ctrBytes = ctr < 8 ? 0 : minimalByteLength(ctr);
  const header = new Uint8Array(1 + kidBytes + ctrBytes);
  const kidBits = kidBytes === 0 ? Number(kid) << 4 : 0x80 | ((kidBytes - 1) << 4);
  const ctrBits = ctrBytes === 0 ? Number(ctr) : 0x08 | (ctrBytes - 1);
  header[0] = kidBits | ctrBits;
  writeUint64(header, 1, kidBytes, kid);
  writeUint64(header, 1 + kidBytes, ctrBytes, ctr);
  return header;
}
