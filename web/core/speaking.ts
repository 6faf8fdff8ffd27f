/** Levels above which speech is taken to begin, and below which it is taken to end: the gap keeps a ring from flickering. */
const BEGINS = 0.02;
const ENDS = 0.008;
/** A pause this long is still the same speech. */
const HOLD_MS = 600;

/** Who speaks, from decoded levels (0…1) by time. Pure. */
export type Speaking = { readonly speaks: boolean; readonly lastLoudMs: number };

export const SILENT: Speaking = { speaks: false, lastLoudMs: Number.NEGATIVE_INFINITY };

export function hearLevel(before: Speaking, level: number, atMs: number): Speaking {
  const loud = level >= (before.speaks ? ENDS : BEGINS);
  if (loud) return { speaks: true, lastLoudMs: atMs };
  return {
    speaks: before.speaks && atMs - before.lastLoudMs < HOLD_MS,
    lastLoudMs: before.lastLoudMs,
  };
}
