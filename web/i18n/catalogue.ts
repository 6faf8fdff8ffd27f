import type { en } from "./en.ts";
import type { hosting } from "./en-hosting.ts";

/** What happened, and what to do about it. */
export type Sentence = { readonly title: string; readonly text: string };

/** A table of texts, with the words themselves left open. */
export type Said<Text> = Text extends string
  ? string
  : Text extends (...args: infer Args) => string
    ? (...args: Args) => string
    : { readonly [Key in keyof Text]: Said<Text[Key]> };

/** Every text of the app in one language. English decides which there are; a language that lacks one does not compile. */
export type Catalogue = Said<typeof en>;

/** What is loaded for hosts alone. */
export type HostingCatalogue = Said<typeof hosting>;
