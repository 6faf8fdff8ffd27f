import type { FrameCounts } from "../frame-transforms.ts";
import type { LinkStream } from "../peer-link.ts";

/** What a browser says a sender has sent so far (webrtc-stats). */
export type SentSoFar = {
  /** For video. Both Chromium 156 and Firefox 153 count a frame before its transform, dropped ones included. */
  readonly frames: number;
  /** For audio, without retransmissions: one to a frame, and both count those that left, dropped ones not included. */
  readonly packets: number;
};

/** Frames on their way between encoder and transform when the two were counted. */
const TOLERANCE = 10;

export type PlaintextRule = {
  readonly isExcess: (sent: SentSoFar, counts: FrameCounts) => boolean;
};

/**
 * True when more was sent than the transform has seen.
 *
 * What counts as sent is the count of the check *before*: every frame of then has had a whole check's
 * time to reach the transform, so a busy worker is not taken for a missing one.
 */
export function createPlaintextRule(stream: LinkStream): PlaintextRule {
  let sentBefore = 0;
  return {
    isExcess: (sent, { passed, dropped }) => {
      const isAudio = stream === "microphone";
      const excess = sentBefore - (isAudio ? passed : passed + dropped);
      sentBefore = isAudio ? sent.packets : sent.frames;
      return excess > TOLERANCE;
    },
  };
}
