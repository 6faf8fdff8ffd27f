/** What several runs gave. */
export type Spread = {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
};

/** One thing measured, beside the bare floor of the same run where there is one. */
export type Figure = {
  readonly name: string;
  readonly unit: "ms" | "kB" | "µs" | "frames/s" | "%" | "MB" | "messages/s" | "actions" | "×";
  readonly ours: Spread;
  readonly bare?: Spread;
  /** Ours over bare. */
  readonly ratio?: number;
  readonly target?: {
    /** In words, with its number. */
    readonly says: string;
    readonly met: boolean;
  };
};

export type Part = {
  readonly name: string;
  /** What it measures and how, in a line or two for whoever reads the table. */
  readonly about: string;
  readonly limitSec: number;
  /** Run only when it is named. */
  readonly onlyByName?: boolean;
  readonly measure: () => Promise<readonly Figure[]>;
};

/** Throws on no samples at all: a figure without a run is none. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined)
    throw new TypeError("spread: expected samples, got none");
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? min;
  const high = sorted[Math.ceil(middle)] ?? max;
  return { median: (low + high) / 2, min, max, runs: sorted.length };
}

/** The ratio of the medians. */
export const ratioOf = (ours: Spread, bare: Spread): number => ours.median / bare.median;

/** Ours beside bare, with a target for the ratio of their medians. */
export function compare(options: {
  readonly name: string;
  readonly unit: Figure["unit"];
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  readonly atMost?: number;
  readonly atLeast?: number;
}): Figure {
  const { name, unit, atMost, atLeast } = options;
  const ours = spreadOf(options.ours);
  const bare = spreadOf(options.bare);
  const ratio = ratioOf(ours, bare);
  const figure = { name, unit, ours, bare, ratio };
  if (atMost !== undefined)
    return { ...figure, target: { says: `≤ ${atMost} × bare`, met: ratio <= atMost } };
  if (atLeast !== undefined)
    return { ...figure, target: { says: `≥ ${atLeast} × bare`, met: ratio >= atLeast } };
  return figure;
}
