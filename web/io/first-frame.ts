import type { Clock } from "../core/clock.ts";
import { statsOf } from "./link-stats.ts";

/** Two pictures' time: soon enough for a tile to change from waiting to playing. */
const LOOK_MS = 60;

/** Calls `onFrame` once, when the receiver has decoded its first picture or sound. */
export function watchFirstFrame(watch: {
  readonly clock: Clock;
  readonly receiver: RTCRtpReceiver;
  readonly signal: AbortSignal;
  readonly onFrame: () => void;
}): void {
  const { clock, receiver, signal, onFrame } = watch;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    const report = await receiver.getStats();
    if (signal.aborted) return;
    const hasDecoded = statsOf(report, "inbound-rtp").some(
      ({ kind, framesDecoded, totalSamplesDuration }) =>
        ((kind === "video" ? framesDecoded : totalSamplesDuration) ?? 0) > 0,
    );
    if (hasDecoded) onFrame();
    else later();
  };
  const later = (): void => {
    cancel = clock.after(LOOK_MS, () => void look().catch(() => {}));
  };
  signal.addEventListener("abort", () => cancel(), { once: true });
  // Nothing can be decoded before packets arrive.
  if (receiver.track.muted)
    receiver.track.addEventListener("unmute", later, { once: true, signal });
  else later();
}
