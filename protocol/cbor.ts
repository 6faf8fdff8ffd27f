import { decode, encode } from "cborg";
import { equalBytes } from "./bytes.ts";
import { fail, ok, type Result } from "./result.ts";

/** What the wire may carry: no float, no tag, no undefined, no text key. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** Deterministic CBOR (RFC 8949 §4.2). Maps have unsigned integer keys. Throws `TypeError` for a value the wire can't carry. */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  assertEncodable(value, 0);
  return new Uint8Array(encode(value));
}

/**
 * Reads exactly one deterministic CBOR item.
 *
 * Refuses trailing bytes, duplicate keys, longer forms, unsorted keys, indefinite lengths, tags, floats and undefined:
 * whatever `encodeCbor` would have written otherwise. Error code: `cbor-malformed`.
 */
export function decodeCbor(
  bytes: Uint8Array,
): Result<CborValue, { readonly code: "cbor-malformed" }> {
  try {
    const value: CborValue = decode(bytes, {
      strict: true,
      useMaps: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
    // Writing it again is the whole check of determinism: one value has one spelling.
    return equalBytes(encodeCbor(value), bytes) ? ok(value) : fail("cbor-malformed");
  } catch {
    return fail("cbor-malformed");
  }
}

/** Deeper nesting than any message has; a bound for the recursion over hostile bytes. */
const MAX_DEPTH = 12;

function assertEncodable(value: CborValue, depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError(`CBOR depth: expected at most ${MAX_DEPTH}`);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError("CBOR number: expected a safe integer");
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      if (!Number.isSafeInteger(key) || key < 0)
        throw new TypeError("CBOR key: expected an unsigned integer");
      assertEncodable(item, depth + 1);
    }
  } else if (Array.isArray(value)) {
    for (const item of value) assertEncodable(item, depth + 1);
  } else if (value === undefined) {
    throw new TypeError("CBOR value: undefined can't be carried");
  }
}
