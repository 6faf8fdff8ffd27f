import type { Said } from "./catalogue.ts";
import { codeSigns } from "./code-signs.ts";
import { enCode } from "./en-code.ts";

/** Texts of the security code's dialog in one language, with the signs and their names. */
export type CodeTexts = Said<typeof enCode> & {
  readonly list: readonly (readonly [sign: string, name: string])[];
};

const english: CodeTexts = { ...enCode, list: codeSigns };
const languages: Readonly<Record<string, CodeTexts>> = { en: english };

/** Those of the language of a catalogue, by its tag. */
export const codeTextsFor = (tag: string): CodeTexts => languages[tag] ?? english;
