import type { Clock } from "../core/clock.ts";
import { writeCandidate } from "../core/negotiation/candidate-lines.ts";

/** Host candidates come within a few milliseconds of one another; one message carries them. */
const BATCH_MS = 50;
/** What one signal holds (SPEC SIGNAL-1, `signal.ts`). */
const BATCH_MOST = 64;

export type CandidateBatches = {
  readonly add: (candidate: RTCIceCandidate) => void;
  readonly close: () => void;
};

/** Gathers candidates into batches: the first goes at once, so that checks begin; those that follow go together. */
export function createCandidateBatches(
  clock: Clock,
  send: (candidates: string[]) => void,
): CandidateBatches {
  const batch: string[] = [];
  let cancel: (() => void) | undefined;
  const flush = (): void => {
    cancel = undefined;
    if (batch.length === 0) return;
    const full = batch.splice(0, BATCH_MOST);
    cancel = clock.after(BATCH_MS, flush);
    send(full);
  };
  return {
    add: ({ candidate, sdpMid, usernameFragment }) => {
      batch.push(writeCandidate({ candidate, sdpMid: sdpMid ?? "0", usernameFragment }));
      if (cancel === undefined) flush();
    },
    close: () => {
      cancel?.();
      batch.length = 0;
    },
  };
}
