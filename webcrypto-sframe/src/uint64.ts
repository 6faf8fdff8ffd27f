/**
 * An unsigned 64-bit integer: a `number` up to 2^53 - 1, a `bigint` above that.
 *
 * What this package returns is always in that form, so equal values are equal under `===`. What it
 * takes may be a `bigint` of any size up to 2^64 - 1.
 */
export type Uint64 = number | bigint;

const TWO_TO_32 = 0x1_0000_0000;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Returns `value` in its one canonical form, or throws a TypeError that names `argument`. */
export function canonicalUint64(value: Uint64, argument: string): Uint64 {
  if (typeof value === "bigint") {
    if (value >= 0n && value <= MAX_UINT64) return value <= MAX_SAFE ? Number(value) : value;
  } else if (Number.isSafeInteger(value) && value >= 0) {
    // Adding zero turns -0, which Object.is tells apart from 0, into 0.
    return value + 0;
  }
  throw new TypeError(
    `${argument}: expected an integer from 0 to 2^64 - 1 (a bigint above 2^53 - 1), got ${String(value)}`,
  );
}

/** The value that follows, or `undefined` after 2^64 - 1. */
export function nextUint64(value: Uint64): Uint64 | undefined {
  if (typeof value === "number") {
    return value < Number.MAX_SAFE_INTEGER ? value + 1 : MAX_SAFE + 1n;
  }
  return value < MAX_UINT64 ? value + 1n : undefined;
}

/** The upper 32 bits, as an unsigned number. BigInt arithmetic is paid for only above 2^53 - 1. */
export function high32(value: Uint64): number {
  return typeof value === "number" ? Math.floor(value / TWO_TO_32) : Number(value >> 32n);
}

/** The lower 32 bits, as an unsigned number. */
export function low32(value: Uint64): number {
  return typeof value === "number" ? value >>> 0 : Number(value & 0xffff_ffffn);
}

/** Joins two unsigned 32-bit halves into the canonical form. */
function fromHalves(high: number, low: number): Uint64 {
  return high < 0x20_0000 ? high * TWO_TO_32 + low : (BigInt(high) << 32n) | BigInt(low);
}

/** How many bytes the shortest big-endian form takes: 1 to 8. */
export function minimalByteLength(value: Uint64): number {
  const high = high32(value);
  const bits = high === 0 ? 32 - Math.clz32(low32(value)) : 64 - Math.clz32(high);
  return bits === 0 ? 1 : (bits + 7) >>> 3;
}

/** Writes the lowest `byteLength` bytes of `value` at `offset`, big-endian. */
export function writeUint64(
  bytes: Uint8Array,
  offset: number,
  byteLength: number,
  value: Uint64,
): void {
  const high = high32(value);
  const low = low32(value);
  for (let index = 0; index < byteLength; index += 1) {
    const shift = (byteLength - 1 - index) * 8;
    bytes[offset + index] = shift >= 32 ? high >>> (shift - 32) : low >>> shift;
  }
}

/** Reads `byteLength` (1 to 8) bytes at `offset`, big-endian. The caller has checked the length. */
export function readUint64(bytes: Uint8Array, offset: number, byteLength: number): Uint64 {
  let high = 0;
  let low = 0;
  for (let index = 0; index < byteLength; index += 1) {
    high = ((high << 8) | (low >>> 24)) >>> 0;
    low = ((low << 8) | (bytes[offset + index] ?? 0)) >>> 0;
  }
  return fromHalves(high, low);
}
