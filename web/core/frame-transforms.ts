import type { LinkStream, MediaHandle } from "./peer-link.ts";

export type FrameTransform = {
  readonly linkId: string;
  readonly stream: LinkStream;
  readonly direction: "send" | "receive";
};

/** Counts since the transform was set. */
export type FrameCounts = {
  /** Frames handed on: sealed ones when sending, opened ones when receiving. */
  readonly passed: number;
  readonly dropped: number;
};

/** The crypto worker's hold on encoded frames: RTCRtpScriptTransform, or createEncodedStreams where that is missing. */
export type FrameTransforms = {
  /** False where the browser has neither: no call is made. */
  readonly available: boolean;
  /** Sets the transform on an RTCRtpSender or RTCRtpReceiver, synchronously: late is plaintext (or nothing). */
  readonly attach: (endpoint: MediaHandle, transform: FrameTransform) => void;
  readonly counts: (transform: FrameTransform) => Promise<FrameCounts>;
};
