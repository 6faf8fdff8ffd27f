import type { Clock } from "./clock.ts";

/** Levels above which speech is taken to begin, and below which it is taken to end: the gap keeps a ring from flickering. */
const BEGINS = 0.02;
const ENDS = 0.008;
/** A pause this long is still the same speech. */
const HOLD_MS = 600;
const LEVELS_MS = 200;

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

export type SpeakingWatch = {
  readonly speaks: (key: string) => boolean;
  readonly close: () => void;
};

/** Looks at everybody's level five times a second. */
export function watchSpeaking(ports: {
  readonly clock: Clock;
  /** Levels of all whose microphone is on. */
  readonly levels: () => ReadonlyMap<string, number>;
  readonly onTurned: () => void;
}): SpeakingWatch {
  const { clock } = ports;
  let heard = new Map<string, Speaking>();
  const look = (): void => {
    const levels = ports.levels();
    const before = heard;
    // Whoever is muted or gone speaks no more.
    heard = new Map(
      [...levels].map(([key, level]) => [
        key,
        hearLevel(before.get(key) ?? SILENT, level, clock.nowMs()),
      ]),
    );
    const speaks = (of: ReadonlyMap<string, Speaking>, key: string) => of.get(key)?.speaks ?? false;
    const keys = [...before.keys(), ...heard.keys()];
    if (keys.some((key) => speaks(before, key) !== speaks(heard, key))) ports.onTurned();
    cancel = clock.after(LEVELS_MS, look);
  };
  let cancel = clock.after(LEVELS_MS, look);
  return {
    speaks: (key) => heard.get(key)?.speaks ?? false,
    close: () => cancel(),
  };
}
