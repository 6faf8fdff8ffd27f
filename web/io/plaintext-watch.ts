import type { Clock } from "../core/clock.ts";
import type { FrameTransforms } from "../core/frame-transforms.ts";
import { createPlaintextRule } from "../core/negotiation/plaintext-rule.ts";
import { LINK_STREAMS, type LinkStream } from "../core/peer-link.ts";
import { statsOf } from "./link-stats.ts";

/** A stream in clear is stopped within two of these. */
const CHECK_MS = 2_000;

/**
 * Checks, for as long as a link lives, that no sender has sent a frame which its transform has not seen.
 *
 * The second guard in Chromium, where a transform that comes late is ignored without a word, and the first in Firefox.
 */
export function watchForPlaintext(link: {
  readonly linkId: string;
  readonly clock: Clock;
  readonly transforms: FrameTransforms;
  readonly sender: (stream: LinkStream) => RTCRtpSender | undefined;
  readonly onExcess: (stream: LinkStream) => void;
}): () => void {
  const rules = new Map(
    LINK_STREAMS.map((stream) => [stream, createPlaintextRule(stream)] as const),
  );
  let isClosed = false;

  const check = async (stream: LinkStream): Promise<void> => {
    const rule = rules.get(stream);
    const sender = link.sender(stream);
    if (rule === undefined || sender === undefined) return;
    // Stats first: whatever they count has passed the transform by the time it is asked.
    const sent = sentBy(await sender.getStats());
    const counts = await link.transforms.counts({
      linkId: link.linkId,
      stream,
      direction: "send",
    });
    if (isClosed || !rule.isExcess(sent, counts)) return;
    rules.delete(stream);
    link.onExcess(stream);
  };
  const checkAll = async (): Promise<void> => {
    // A worker that is gone answers nothing; its owner learns that from the worker itself.
    await Promise.allSettled(LINK_STREAMS.map(check));
    if (!isClosed) cancel = link.clock.after(CHECK_MS, () => void checkAll());
  };
  let cancel = link.clock.after(CHECK_MS, () => void checkAll());
  return () => {
    isClosed = true;
    cancel();
  };
}

function sentBy(report: RTCStatsReport): { readonly frames: number; readonly packets: number } {
  let frames = 0;
  let packets = 0;
  for (const stats of statsOf(report, "outbound-rtp")) {
    frames += stats.framesSent ?? stats.framesEncoded ?? 0;
    packets += (stats.packetsSent ?? 0) - (stats.retransmittedPacketsSent ?? 0);
  }
  return { frames, packets };
}
