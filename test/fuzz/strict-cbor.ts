import type { CborValue } from "../../protocol/cbor.ts";

/*
 * A second reader and a second writer of CBOR, which share nothing with the ones of the wire: the reader takes what
 * SPEC CBOR-1 and CBOR-2 allow and not a byte more, the writer also writes what they forbid.
 */

class NotStrict extends Error {}
const MOST_DEPTH = 12;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one item; `undefined` for anything the SPEC does not allow. */
export function readStrictCbor(bytes: Uint8Array): CborValue | undefined {
  let at = 0;
  const take = (length: number): Uint8Array<ArrayBuffer> => {
    if (at + length > bytes.length) throw new NotStrict("cut");
    at += length;
    return new Uint8Array(bytes.slice(at - length, at));
  };
  const argument = (info: number): number => {
    if (info < 24) return info;
    if (info > 27) throw new NotStrict("no length form");
    const size = 2 ** (info - 24);
    const value = take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    const least = size === 1 ? 24 : 2 ** (4 * size);
    if (value < least || !Number.isSafeInteger(value)) throw new NotStrict("not the shortest form");
    return value;
  };
  const item = (depth: number): CborValue => {
    if (depth > MOST_DEPTH) throw new NotStrict("deep");
    const [head = 0] = take(1);
    const major = head >> 5;
    if (major === 7) {
      if (head === 0xf4) return false;
      if (head === 0xf5) return true;
      if (head === 0xf6) return null;
      throw new NotStrict("simple");
    }
    const value = argument(head & 31);
    if (major === 0) return value;
    if (major === 1) return -1 - value;
    if (major === 2) return take(value);
    if (major === 3) return utf8.decode(take(value));
    if (major === 4) {
      const list: CborValue[] = [];
      while (list.length < value) list.push(item(depth + 1));
      return list;
    }
    if (major === 6) throw new NotStrict("tag");
    const map = new Map<number, CborValue>();
    let before = -1;
    while (map.size < value) {
      const key = item(depth + 1);
      if (typeof key !== "number" || key <= before) throw new NotStrict("key");
      before = key;
      map.set(key, item(depth + 1));
    }
    return map;
  };
  try {
    const value = item(0);
    return at === bytes.length ? value : undefined;
  } catch {
    return undefined;
  }
}
