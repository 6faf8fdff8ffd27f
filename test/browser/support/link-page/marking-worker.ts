/*
 * Stands in for the crypto worker: marks every frame it sends, and lets through only marked ones.
 * What arrives has then passed both transforms, and what leaves without one never arrives.
 */
const MARK = Uint8Array.of(0x53, 0x4f, 0x54, 0x54, 0x4f);

/** Of a worker's types, which the page's lack. */
type TransformEvent = Event & {
  readonly transformer: {
    readonly readable: ReadableStream<Frame>;
    readonly writable: WritableStream<Frame>;
    readonly options: MarkingOptions;
  };
};
type Frame = RTCEncodedAudioFrame | RTCEncodedVideoFrame;
export type MarkingOptions = { readonly key: string; readonly direction: "send" | "receive" };
type Counts = { passed: number; dropped: number };

const counts = new Map<string, Counts>();
const countsOf = (key: string): Counts => {
  const known = counts.get(key) ?? { passed: 0, dropped: 0 };
  counts.set(key, known);
  return known;
};

function mark(data: ArrayBuffer): ArrayBuffer {
  const marked = new Uint8Array(data.byteLength + MARK.length);
  marked.set(new Uint8Array(data));
  marked.set(MARK, data.byteLength);
  return marked.buffer;
}

function unmark(data: ArrayBuffer): ArrayBuffer | undefined {
  const end = data.byteLength - MARK.length;
  if (end < 0) return undefined;
  const tail = new Uint8Array(data, end);
  return MARK.every((byte, index) => tail[index] === byte) ? data.slice(0, end) : undefined;
}

addEventListener("rtctransform", (event) => {
  const { readable, writable, options } = (event as TransformEvent).transformer;
  const { key, direction } = options;
  const known = countsOf(key);
  const transform = new TransformStream<Frame, Frame>({
    transform: (frame, controller) => {
      const data = direction === "send" ? mark(frame.data) : unmark(frame.data);
      if (data === undefined) {
        known.dropped += 1;
        return;
      }
      frame.data = data;
      known.passed += 1;
      controller.enqueue(frame);
    },
  });
  void readable.pipeThrough(transform).pipeTo(writable);
});

addEventListener("message", ({ data }: MessageEvent<{ key: string; port: MessagePort }>) => {
  data.port.postMessage(countsOf(data.key), []);
});
