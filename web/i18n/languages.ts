import type { Catalogue, HostingCatalogue } from "./catalogue.ts";
import { en } from "./en.ts";

/** By the tags of the catalogues. */
const hostingTexts: Readonly<Record<string, () => Promise<HostingCatalogue>>> = {
  en: async () => (await import("./en-hosting.ts")).hosting,
};

/** The texts for hosts in the language of a catalogue. Rejects where they can't be fetched. */
export const hostingTextsFor = (tag: string): Promise<HostingCatalogue> =>
  (hostingTexts[tag] ?? hostingTexts["en"])?.() ?? Promise.reject(new Error("no texts for hosts"));

const languages: Readonly<Record<string, Catalogue>> = { en };

/** The first language somebody prefers that there is a catalogue for, else English. Tags are BCP 47. */
export function catalogueFor(preferred: readonly string[]): Catalogue {
  for (const tag of preferred) {
    const found = languages[tag.toLowerCase()] ?? languages[tag.toLowerCase().split("-")[0] ?? ""];
    if (found !== undefined) return found;
  }
  return en;
}
