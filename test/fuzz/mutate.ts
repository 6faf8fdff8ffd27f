import type { Random } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes at which formats change their mind: signs, length forms, ends of ranges. */
const EDGES = [0x00, 0x01, 0x17, 0x18, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];

const splice = (bytes: Bytes, at: number, removed: number, inserted: Uint8Array): Bytes => {
  const rest = bytes.subarray(at + removed);
  const joined = new Uint8Array(at + inserted.length + rest.length);
  joined.set(bytes.subarray(0, at));
  joined.set(inserted, at);
  joined.set(rest, at + inserted.length);
  return joined;
};

/** One to four changes of the kinds that break readers. `others` lend pieces. */
export function mutateBytes(random: Random, seed: Bytes, others: readonly Bytes[]): Bytes {
  let bytes = seed;
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    const at = random.below(bytes.length + 1);
    const span = 1 + random.below(random.chance(0.2) ? 64 : 4);
    switch (random.below(8)) {
      case 0:
        bytes = splice(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
        break;
      case 1:
        bytes = splice(bytes, at, 1, Uint8Array.of(random.pick(EDGES)));
        break;
      case 2:
        bytes = splice(bytes, at, 0, random.bytes(span));
        break;
      case 3:
        bytes = splice(bytes, at, span, new Uint8Array());
        break;
      case 4:
        bytes = bytes.slice(0, at);
        break;
      case 5:
        bytes = splice(bytes, at, 0, bytes.subarray(at, at + span));
        break;
      case 6: {
        const other = random.pick(others);
        const from = random.below(other.length + 1);
        bytes = splice(bytes, at, random.pick([0, span]), other.subarray(from, from + span));
        break;
      }
      default:
        bytes = splice(bytes, at, span, new Uint8Array(span).fill(random.pick([0, 255])));
    }
  }
  return bytes;
}

/** Changes that leave every length as it is, so that a reader gets further. */
export function flipBytes(random: Random, seed: Bytes): Bytes {
  const bytes = seed.slice();
  for (let changes = 1 + random.below(3); changes > 0 && bytes.length > 0; changes -= 1) {
    const at = random.below(bytes.length);
    bytes[at] = random.chance(0.7) ? (bytes[at] ?? 0) ^ (1 << random.below(8)) : random.pick(EDGES);
  }
  return bytes;
}

/** The same for text; `words` are pieces that mean something to its reader. */
export function mutateText(random: Random, seed: string, words: readonly string[]): string {
  let text = seed;
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    const at = random.below(text.length + 1);
    const span = 1 + random.below(random.chance(0.2) ? 64 : 4);
    const [before, cut, after] = [
      text.slice(0, at),
      text.slice(at, at + span),
      text.slice(at + span),
    ];
    text = before + random.pick([changed(random, cut, words), "", cut + cut]) + after;
    if (random.chance(0.03)) text = text.slice(0, at);
  }
  return text;
}

/** Characters that readers treat alike, drop, or take for an end. */
const ODD = ["\0", "\t", "\n", "\r", "\r\n", " ", "\u00a0", "\u2028", "\ufeff", "\ud800", "é", "%"];

function changed(random: Random, cut: string, words: readonly string[]): string {
  switch (random.below(5)) {
    case 0:
      return random.pick(words);
    case 1:
      return cut + random.pick(words);
    case 2:
      return random.pick(ODD);
    case 3:
      return random.chance(0.5) ? cut.toUpperCase() : cut.toLowerCase();
    default:
      return String.fromCharCode(random.below(128));
  }
}
