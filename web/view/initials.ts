const firstGrapheme = (word: string, segmenter: Intl.Segmenter): string =>
  [...segmenter.segment(word)][0]?.segment ?? "";

/** Made when it is first needed, and once: making one takes longer than using it. */
let segmenter: Intl.Segmenter | undefined;

/** One or two letters that stand for a name: of its first and last word. Empty for an empty name. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/\s+/u)
    .filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word));
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const first = firstGrapheme(words[0] ?? "", segmenter);
  const last = words.length > 1 ? firstGrapheme(words.at(-1) ?? "", segmenter) : "";
  return `${first}${last}`.toLocaleUpperCase();
}

/** Colours a face can have when there is no picture. */
export const TINTS = 8;

/** The same colour for the same person, everywhere and every time (FNV-1a, 32 bits). */
export function tintOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const character of key) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash % TINTS;
}
