import { concat, utf8 } from "../../protocol/bytes.ts";
import type { CborValue } from "../../protocol/cbor.ts";
import type { Random } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers at which a length form, a sign or a safe integer ends. */
export const EDGE_NUMBERS = [
  0,
  1,
  2,
  3,
  22,
  23,
  24,
  255,
  256,
  1022,
  1023,
  65_535,
  65_536,
  16_384,
  16_385,
  4_294_967_295,
  4_294_967_296,
  Number.MAX_SAFE_INTEGER - 1,
  Number.MAX_SAFE_INTEGER,
  -1,
  -25,
];
const EDGE_LENGTHS = [0, 1, 15, 16, 22, 31, 32, 33, 64, 161, 255, 256, 1024, 1025];
const EDGE_TEXTS = ["", "\ufeffa", "e\u0301", "\u202e", "ping", "open", "AAAAAAAAAAAAAAAAAAAAAB"];
/** What no item of ours begins with: tags, floats, undefined, reserved simple values, items without an end. */
const FOREIGN_HEADS = [
  0xc0, 0xc2, 0xe0, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xff, 0x5f, 0x7f, 0x9f, 0xbf,
];

function head(major: number, value: number, form: number): Bytes {
  const least = value < 24 ? 0 : value < 256 ? 1 : value < 65_536 ? 2 : value < 2 ** 32 ? 4 : 8;
  const size = Math.max(least, form);
  if (size === 0) return Uint8Array.of((major << 5) | value);
  const bytes = new Uint8Array(9);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  new DataView(bytes.buffer).setBigUint64(1, BigInt(value));
  return concat(bytes.subarray(0, 1), bytes.subarray(9 - size));
}

/** Writes a value as the wire does, but for what `slip` has it do otherwise at each item. */
export function writeLooseCbor(random: Random, value: CborValue, slip: number): Bytes {
  const write = (item: CborValue): Bytes => {
    if (random.chance(slip / 4)) return Uint8Array.of(random.pick(FOREIGN_HEADS));
    const form = random.chance(slip) ? random.pick([1, 2, 4, 8]) : 0;
    const lie = random.chance(slip / 4) ? random.pick([-1, 1, 1000, 2 ** 32]) : 0;
    const counted = (major: number, length: number): Bytes =>
      head(major, Math.max(0, length + lie), form);
    if (item === null) return Uint8Array.of(0xf6);
    if (typeof item === "boolean") return Uint8Array.of(item ? 0xf5 : 0xf4);
    if (typeof item === "number") return head(item < 0 ? 1 : 0, item < 0 ? -1 - item : item, form);
    if (typeof item === "string") {
      const text = utf8(item);
      return concat(counted(3, text.length), text);
    }
    if (item instanceof Uint8Array) return concat(counted(2, item.length), item);
    if (item instanceof Map) {
      let entries = [...(item as ReadonlyMap<number, CborValue>)];
      if (random.chance(slip)) entries = entries.toReversed();
      if (random.chance(slip)) entries = [...entries, ...entries.slice(0, 1)];
      return concat(
        counted(5, entries.length),
        ...entries.flatMap(([key, entry]) => [write(key), write(entry)]),
      );
    }
    const list = item as readonly CborValue[];
    return concat(counted(4, list.length), ...list.map(write));
  };
  return write(value);
}

/** The same value with something in it changed that the format still can say. */
export function mutateCbor(random: Random, value: CborValue, chance: number): CborValue {
  if (random.chance(chance / 3)) return anyCbor(random, 3);
  if (typeof value === "number") return random.chance(chance) ? random.pick(EDGE_NUMBERS) : value;
  if (typeof value === "string")
    return random.chance(chance)
      ? random.pick([value.slice(1), `${value}A`, ...EDGE_TEXTS])
      : value;
  if (typeof value === "boolean") return random.chance(chance) ? !value : value;
  if (value instanceof Uint8Array)
    return random.chance(chance) ? random.bytes(random.pick(EDGE_LENGTHS)) : value;
  if (Array.isArray(value)) {
    const items = value.map((item) => mutateCbor(random, item, chance));
    const times = random.chance(chance) ? random.pick([0, 2, 70]) : 1;
    return Array.from({ length: times }, () => items).flat();
  }
  if (!(value instanceof Map)) return value;
  const map = new Map<number, CborValue>();
  for (const [key, item] of value as ReadonlyMap<number, CborValue>) {
    if (random.chance(chance / 2)) continue;
    const place = random.chance(chance / 3) ? random.below(14) : key;
    map.set(place, mutateCbor(random, item, chance));
  }
  if (random.chance(chance)) map.set(random.below(16), anyCbor(random, 3));
  return new Map([...map].toSorted(([left], [right]) => left - right));
}

function anyCbor(random: Random, depth: number): CborValue {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind === 0) return random.pick(EDGE_NUMBERS);
  if (kind === 1) return random.pick(EDGE_TEXTS);
  if (kind === 2) return random.bytes(random.pick(EDGE_LENGTHS));
  if (kind === 3) return random.pick([true, false, null]);
  if (kind === 4) return random.below(1000);
  const items = Array.from({ length: random.below(4) }, () => anyCbor(random, depth - 1));
  return kind < 7 ? items : new Map(items.map((item, index) => [index * 2, item]));
}

/** Few bytes of head and much behind it: what costs a reader most for what it costs to send. */
export function heavyCbor(random: Random, size: number): Bytes {
  const bytes = new Uint8Array(size).fill(
    random.pick([0x00, 0x20, 0x40, 0x60, 0x80, 0x81, 0xa0, 0xf6]),
  );
  const at = random.pick([0, 0, 3]);
  bytes.set(head(random.pick([4, 5]), Math.max(0, size - 5 - at), 4), at);
  if (at > 0) bytes.set([0xa1, 0x00, 0x01]);
  return bytes;
}
