import type { Clock } from "../../core/clock.ts";
import type { FrameCounts, FrameTransform } from "../../core/frame-transforms.ts";
import { codecWrapper } from "./codec-wrapper.ts";
import type { FrameCipher } from "./create-frame-keyring.ts";
import { EPOCH_TIMES } from "./epoch-times.ts";
import { pumpFrames } from "./pump-frames.ts";

/** What RTCEncodedVideoFrame and RTCEncodedAudioFrame have alike, as far as it is used. */
export type EncodedFrame = {
  data: ArrayBuffer;
  /** Of video only. */
  readonly type?: string;
  readonly getMetadata: () => { readonly mimeType?: string };
};

export type FrameStreams = {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  /** Asks the peer's encoder to start afresh; absent where the browser has no way. */
  readonly requestKeyFrame?: (() => void) | undefined;
};

/** Runs transforms, and counts what each handed on: for the watch that no frame went around them. */
export type FrameTransformer = {
  readonly run: (transform: FrameTransform, streams: FrameStreams) => Promise<void>;
  readonly counts: (transform: FrameTransform) => FrameCounts;
};

export function createFrameTransformer(options: {
  readonly cipher: FrameCipher;
  readonly clock: Clock;
}): FrameTransformer {
  const { cipher, clock } = options;
  const counters = new Map<string, { passed: number; dropped: number }>();

  return {
    counts: (transform) => ({ ...(counters.get(keyOf(transform)) ?? { passed: 0, dropped: 0 }) }),

    run: (transform, streams) => {
      const count = { passed: 0, dropped: 0 };
      counters.set(keyOf(transform), count);
      const sendOne = async (frame: EncodedFrame): Promise<boolean> => {
        const wrapper = codecWrapper(frame.getMetadata().mimeType);
        if (wrapper === undefined) return false;
        const prefix = wrapper.prefix(frame.type === "key");
        const sealed = await cipher.seal(transform, new Uint8Array(frame.data), prefix);
        if (!sealed.ok) return false;
        frame.data = wholeBuffer(sealed.value);
        return true;
      };

      const askForKeyFrame = limited(clock, streams.requestKeyFrame);
      const receiveOne = async (frame: EncodedFrame): Promise<boolean> => {
        const sealed = codecWrapper(frame.getMetadata().mimeType)?.unwrap(
          new Uint8Array(frame.data),
        );
        if (sealed === undefined) return false;
        const opened = await cipher.open(transform, sealed);
        if (!opened.ok) {
          // A picture that is missing spoils those built on it.
          if (frame.type !== undefined && opened.error.code !== "link-unbound") askForKeyFrame();
          return false;
        }
        frame.data = wholeBuffer(opened.value);
        return true;
      };

      const one = transform.direction === "send" ? sendOne : receiveOne;
      return pumpFrames(streams, async (frame) => {
        const passes = await one(frame).catch(() => false);
        if (passes) count.passed += 1;
        else count.dropped += 1;
        return passes;
      });
    },
  };
}

const keyOf = ({ linkId, stream, direction }: FrameTransform): string =>
  `${direction}/${stream}/${linkId}`;

/** A frame takes a whole buffer, not a part of one. */
const wholeBuffer = (bytes: Uint8Array<ArrayBuffer>): ArrayBuffer =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;

function limited(clock: Clock, run: (() => void) | undefined): () => void {
  let lastMs: number | undefined;
  return () => {
    const now = clock.nowMs();
    if (lastMs !== undefined && now - lastMs < EPOCH_TIMES.keyFrameRequestMs) return;
    lastMs = now;
    run?.();
  };
}
