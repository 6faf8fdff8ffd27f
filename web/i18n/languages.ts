import type { Catalogue } from "./catalogue.ts";
import { en } from "./en.ts";

const languages: Readonly<Record<string, Catalogue>> = { en };

/** The first language somebody prefers that there is a catalogue for, else English. Tags are BCP 47. */
export function catalogueFor(preferred: readonly string[]): Catalogue {
  for (const tag of preferred) {
    const found = languages[tag.toLowerCase()] ?? languages[tag.toLowerCase().split("-")[0] ?? ""];
    if (found !== undefined) return found;
  }
  return en;
}
