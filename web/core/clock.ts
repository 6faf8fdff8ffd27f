/** Time, as a port: tests turn it by hand. */
export type Clock = {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Calls `run` once, `delayMs` from now, unless cancelled by calling the answer. */
  readonly after: (delayMs: number, run: () => void) => () => void;
};
