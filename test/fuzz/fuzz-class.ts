import type { Random } from "./random.ts";

/** What a reader made of one input: `accepted`, or the code it was refused with. */
export type Verdict = string;
export const ACCEPTED = "accepted";

/** Inputs of one kind, and what must hold of whoever reads them. */
export type FuzzTarget<Input> = {
  /** The same numbers make the same input. */
  readonly make: (random: Random) => Input;
  /** Reads the input. Throws a `BrokenRule`, or anything at all, where a reader did what it must not. */
  readonly check: (input: Input) => Verdict | Promise<Verdict>;
};

/** One class of input that comes from outside. */
export type FuzzClass = {
  readonly name: string;
  /** Of the SPEC: what its readers keep to. */
  readonly rules: string;
  /** What is read, in words for whoever reads the result. */
  readonly about: string;
  /** How many cases of a million are of this class: what is slow to read has fewer. */
  readonly casesInMillion: number;
  /** Keys, seeds and whatever else every case shares. */
  readonly prepare: () => Promise<FuzzTarget<unknown>>;
};

/** A class whose inputs are of one type, which the runner need not know. */
export const fuzzClass = <Input>(
  parts: Omit<FuzzClass, "prepare"> & { readonly prepare: () => Promise<FuzzTarget<Input>> },
): FuzzClass => ({
  ...parts,
  prepare: async () => (await parts.prepare()) as FuzzTarget<unknown>,
});

/** A reader accepted what it must not, or lost something on the way. */
export class BrokenRule extends Error {}

export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new BrokenRule(rule);
}
