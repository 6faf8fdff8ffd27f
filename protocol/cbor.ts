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

/** Deeper nesting than any message has; a bound for the recursion over hostile bytes. */
const MAX_DEPTH = 12;
/** A policy of 200 bans and 20 roles, the longest record there is, has some 1,300. A byte can be an item, and an item costs more than its byte. */
const MAX_ITEMS = 4_096;

/** The major types that are used (RFC 8949 §3.1). */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const SIMPLE = 7;
const FALSE = 20;
const TRUE = 21;
const NULL = 22;

const toText = new TextEncoder();
const fromText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Deterministic CBOR (RFC 8949 §4.2). Maps have unsigned integer keys. Throws `TypeError` for a value the wire can't carry. */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  write(parts, value, 0);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function write(parts: Uint8Array[], value: CborValue, depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError(`CBOR depth: expected at most ${MAX_DEPTH}`);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError("CBOR number: expected a safe integer");
    parts.push(value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value));
  } else if (typeof value === "string") {
    // Read again, a lone surrogate is another character and a byte order mark in front is none.
    if (!value.isWellFormed() || value.startsWith("\ufeff"))
      throw new TypeError("CBOR text: expected Unicode without a byte order mark");
    const text = toText.encode(value);
    parts.push(head(TEXT, text.length), text);
  } else if (value instanceof Uint8Array) {
    parts.push(head(BYTES, value.length), value);
  } else if (value instanceof Map) {
    const entries: [number, CborValue][] = [...value];
    parts.push(head(MAP, entries.length));
    // Of unsigned integers the smaller has the smaller encoding, in the order of §4.2.1.
    for (const [key, item] of entries.toSorted(([a], [b]) => a - b)) {
      if (!Number.isSafeInteger(key) || key < 0)
        throw new TypeError("CBOR key: expected an unsigned integer");
      parts.push(head(UNSIGNED, key));
      write(parts, item, depth + 1);
    }
  } else if (Array.isArray(value)) {
    parts.push(head(ARRAY, value.length));
    for (const item of value) write(parts, item, depth + 1);
  } else if (typeof value === "boolean") {
    parts.push(head(SIMPLE, value ? TRUE : FALSE));
  } else if (value === null) {
    parts.push(head(SIMPLE, NULL));
  } else {
    throw new TypeError(`CBOR value: ${typeof value} can't be carried`);
  }
}

/** The first bytes of an item: its major type and its argument, in the fewest bytes (§3, §4.2.1). */
function head(major: number, argument: number): Uint8Array {
  const sizeBytes =
    argument < 24 ? 0 : argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const bytes = new Uint8Array(1 + sizeBytes);
  bytes[0] = (major << 5) | (sizeBytes === 0 ? argument : 24 + Math.log2(sizeBytes));
  // Not by shifts, which know 32 bits only.
  for (let at = sizeBytes, rest = argument; at > 0; at -= 1, rest = Math.floor(rest / 256)) {
    bytes[at] = rest % 256;
  }
  return bytes;
}

/**
 * Reads exactly one deterministic CBOR item.
 *
 * Refuses trailing bytes, duplicate keys, longer forms, unsorted keys, indefinite lengths, tags, floats and undefined:
 * whatever `encodeCbor` would have written otherwise; and more than 4,096 items. Its bytes are copies. Error code: `cbor-malformed`.
 */
export function decodeCbor(
  bytes: Uint8Array,
): Result<CborValue, { readonly code: "cbor-malformed" }> {
  try {
    const value = read({ bytes, at: 0, items: 0 }, 0);
    // Writing it again is the whole check of determinism: one value has one spelling.
    return equalBytes(encodeCbor(value), bytes) ? ok(value) : fail("cbor-malformed");
  } catch {
    return fail("cbor-malformed");
  }
}

/** Bytes, how far they have been read, and how many items that made. */
type Cursor = { readonly bytes: Uint8Array; at: number; items: number };

/** Throws where there is no item that the wire may carry. Never asks for memory by a length that is only claimed. */
function read(cursor: Cursor, depth: number): CborValue {
  cursor.items += 1;
  if (depth > MAX_DEPTH || cursor.items > MAX_ITEMS) throw new RangeError("CBOR: too much");
  const [first = 0] = take(cursor, 1);
  const major = first >> 5;
  const low = first & 31;
  if (major === SIMPLE) return simple(low);
  const argument = low < 24 ? low : readArgument(cursor, low);
  switch (major) {
    case UNSIGNED:
      return argument;
    case NEGATIVE:
      return -1 - argument;
    case BYTES:
      return new Uint8Array(take(cursor, argument));
    case TEXT:
      return fromText.decode(take(cursor, argument));
    case ARRAY: {
      const items: CborValue[] = [];
      while (items.length < argument) items.push(read(cursor, depth + 1));
      return items;
    }
    case MAP: {
      const entries = new Map<number, CborValue>();
      while (entries.size < argument) {
        const key = read(cursor, MAX_DEPTH);
        // Of a key that comes twice the second would stand, and who reads on might see the first.
        if (typeof key !== "number" || entries.has(key)) throw new RangeError("CBOR: not a key");
        entries.set(key, read(cursor, depth + 1));
      }
      return entries;
    }
    default:
      throw new RangeError("CBOR: a tag");
  }
}

/** The argument of an item that does not fit its first byte. Past 2^53 it is inexact, and refused as no safe integer. */
function readArgument(cursor: Cursor, low: number): number {
  if (low > 27) throw new RangeError("CBOR: no definite length");
  return take(cursor, 2 ** (low - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
}

function simple(low: number): boolean | null {
  if (low === NULL) return null;
  if (low === TRUE || low === FALSE) return low === TRUE;
  throw new RangeError("CBOR: neither true, false nor null");
}

function take(cursor: Cursor, sizeBytes: number): Uint8Array {
  const end = cursor.at + sizeBytes;
  if (end > cursor.bytes.length) throw new RangeError("CBOR: cut short");
  const part = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}
