import type { Clock } from "../core/clock.ts";
import { statsOf } from "./link-stats.ts";

/** Half a second of sound decides: shorter flickers with every syllable. */
const WINDOW_MS = 500;

export type AudioLevel = {
  /** 0…1, root mean square over the last window. */
  readonly now: () => number;
  readonly close: () => void;
};

/**
 * How loud the decoded sound of a receiver is, from its statistics (`totalAudioEnergy`, webrtc-stats).
 *
 * Not from `ssrc-audio-level`: that header extension lies open to everyone on the way and is not negotiated.
 */
export function watchAudioLevel(
  clock: Clock,
  receiver: () => RTCRtpReceiver | undefined,
): AudioLevel {
  let level = 0;
  let before = { energy: 0, seconds: 0 };
  let isClosed = false;
  const measure = async (): Promise<void> => {
    const report = await receiver()?.getStats();
    const [audio] = report === undefined ? [] : statsOf(report, "inbound-rtp");
    const after = {
      energy: audio?.totalAudioEnergy ?? 0,
      seconds: audio?.totalSamplesDuration ?? 0,
    };
    const seconds = after.seconds - before.seconds;
    level = seconds > 0 ? Math.min(1, Math.sqrt((after.energy - before.energy) / seconds)) : 0;
    before = after;
  };
  const run = (): void => {
    void measure().then(
      () => {
        if (!isClosed) cancel = clock.after(WINDOW_MS, run);
      },
      () => {},
    );
  };
  let cancel = clock.after(WINDOW_MS, run);
  return {
    now: () => level,
    close: () => {
      isClosed = true;
      cancel();
    },
  };
}
