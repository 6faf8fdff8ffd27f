import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { codecWrapper } from "../../../web/crypto-worker/frames/codec-wrapper.ts";
import type { FrameCipher } from "../../../web/crypto-worker/frames/create-frame-keyring.ts";
import { pumpFrames } from "../../../web/crypto-worker/frames/pump-frames.ts";
import {
  createFrameTransformer,
  type EncodedFrame,
} from "../../../web/crypto-worker/frames/transform-frames.ts";
import { fail, ok } from "../../../protocol/result.ts";
import { createManualClock } from "../../support/manual-clock.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("[FRAME-2] what stands in front of a sealed frame", () => {
  it.each([
    { mimeType: "audio/opus", key: undefined, delta: undefined },
    { mimeType: "video/VP9", key: undefined, delta: undefined },
    { mimeType: "video/VP8", key: bytes(0x00), delta: bytes(0x01) },
    { mimeType: "video/AV1", key: bytes(0x08), delta: bytes(0x30) },
  ])("$mimeType: the same for every browser", ({ mimeType, key, delta }) => {
    const wrapper = codecWrapper(mimeType);
    expect(wrapper?.prefix(true)).toEqual(key);
    expect(wrapper?.prefix(false)).toEqual(delta);
  });

  it("Opus and VP9 are SFrame from the first byte", () => {
    expect(codecWrapper("video/VP9")?.unwrap(bytes(0x91, 2, 3))).toEqual(bytes(0x91, 2, 3));
  });

  it("VP8 loses its byte, and only that one of the two", () => {
    expect(codecWrapper("video/VP8")?.unwrap(bytes(0x01, 2, 3))).toEqual(bytes(2, 3));
    expect(codecWrapper("video/VP8")?.unwrap(bytes(0x50, 2, 3))).toBeUndefined();
    expect(codecWrapper("video/VP8")?.unwrap(bytes())).toBeUndefined();
  });

  it("AV1 loses its header and the size the depacketizer has put in", () => {
    const av1 = codecWrapper("video/AV1");
    expect(av1?.unwrap(bytes(0x32, 2, 7, 8))).toEqual(bytes(7, 8));
    expect(av1?.unwrap(bytes(0x0a, 2, 7, 8))).toEqual(bytes(7, 8));
    expect(av1?.unwrap(bytes(0x30, 7, 8))).toEqual(bytes(7, 8));
    const long = new Uint8Array(3 + 200);
    long.set([0x32, 200 | 0x80, 1]);
    expect(av1?.unwrap(long)).toEqual(new Uint8Array(198 + 2));
  });

  it("AV1 of another type, cut short, or with something behind is refused", () => {
    const av1 = codecWrapper("video/AV1");
    for (const data of [[], [0x12, 0], [0x32], [0x32, 0x80], [0x32, 3, 7, 8], [0x32, 1, 7, 8]])
      expect(av1?.unwrap(bytes(...data))).toBeUndefined();
    expect(av1?.unwrap(bytes(0x32, 0x80, 0x80, 0x80, 0x80, 0x01))).toBeUndefined();
  });

  it("a codec that is not ours has no wrapper: its frames are dropped", () => {
    expect(codecWrapper("video/H264")).toBeUndefined();
    expect(codecWrapper(undefined)).toBeUndefined();
  });
});

/** A stream of what is given, one that collects, and what was collected. */
function streamsOf<Frame>(frames: readonly Frame[]) {
  const written: Frame[] = [];
  const readable = new ReadableStream<Frame>({
    start: (controller) => {
      for (const frame of frames) controller.enqueue(frame);
      controller.close();
    },
  });
  const writable = new WritableStream<Frame>({
    write: (frame) => {
      written.push(frame);
    },
  });
  return { readable, writable, written };
}

describe("pumping frames", () => {
  it("writes in the order read, however long each takes, with at most 8 at once", async () => {
    const streams = streamsOf(Array.from({ length: 40 }, (_, index) => index));
    const begun: number[] = [];
    let waiting: (() => void)[] = [];
    let most = 0;
    const pumping = pumpFrames(streams, (frame) => {
      begun.push(frame);
      most = Math.max(most, begun.length - streams.written.length);
      return new Promise((resolve) => {
        waiting.push(() => {
          resolve(true);
        });
      });
    });
    while (streams.written.length < 40) {
      await setImmediate();
      if (begun.length < Math.min(40, streams.written.length + 8)) continue;
      // The newest first: order must not come from the work.
      const ready = waiting.toReversed();
      waiting = [];
      for (const finish of ready) finish();
    }
    await pumping;
    expect(begun).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(streams.written).toEqual(begun);
    expect(most).toBe(8);
  });

  it("goes on after a frame whose work fails, and does not hand it on", async () => {
    const streams = streamsOf([1, 2, 3]);
    await pumpFrames(streams, (frame) =>
      frame === 2 ? Promise.reject(new Error("no")) : Promise.resolve(true),
    );
    expect(streams.written).toEqual([1, 3]);
  });

  it("ends quietly when the other side is gone", async () => {
    const { readable } = streamsOf([1, 2, 3]);
    const writable = new WritableStream({ write: () => Promise.reject(new Error("closed")) });
    await expect(
      pumpFrames({ readable, writable }, () => Promise.resolve(true)),
    ).resolves.toBeUndefined();
  });
});

const frameOf = (type: string | undefined, mimeType: string, ...data: number[]): EncodedFrame => ({
  data: bytes(...data).buffer,
  ...(type === undefined ? {} : { type }),
  getMetadata: () => ({ mimeType }),
});
const dataOf = (frame: EncodedFrame | undefined) =>
  new Uint8Array(frame?.data ?? new ArrayBuffer());

/** A cipher that can be told what to do: it adds 100 to each byte, or refuses. */
const cipherOf = (refuse?: "link-unbound" | "frame-epoch-unknown"): FrameCipher => ({
  seal: (_place, plaintext, prefix) =>
    Promise.resolve(
      refuse === undefined
        ? ok(Uint8Array.from([...(prefix ?? []), ...plaintext.map((byte) => byte + 100)]))
        : fail(refuse),
    ),
  open: (_place, sealed) =>
    Promise.resolve(refuse === undefined ? ok(sealed.map((byte) => byte - 100)) : fail(refuse)),
});

describe("a transform", () => {
  const send = { linkId: "link", stream: "camera", direction: "send" } as const;
  const receive = { ...send, direction: "receive" } as const;

  it("seals with the codec's wrapper, opens without it, and counts", async () => {
    const transformer = createFrameTransformer({ cipher: cipherOf(), clock: createManualClock() });
    const streams = streamsOf([
      frameOf("key", "video/VP8", 1, 2),
      frameOf("delta", "video/VP8", 3),
    ]);
    await transformer.run(send, streams);
    expect(streams.written.map(dataOf)).toEqual([bytes(0, 101, 102), bytes(1, 103)]);
    expect(transformer.counts(send)).toEqual({ passed: 2, dropped: 0 });
    expect(transformer.counts(receive)).toEqual({ passed: 0, dropped: 0 });
    const back = streamsOf(streams.written);
    await transformer.run(receive, back);
    expect(back.written.map(dataOf)).toEqual([bytes(1, 2), bytes(3)]);
  });

  it("[FRAME-3] drops and counts what the cipher refuses and what has no wrapper", async () => {
    const clock = createManualClock();
    const refusing = createFrameTransformer({ cipher: cipherOf("link-unbound"), clock });
    const streams = streamsOf([
      frameOf("key", "video/VP9", 1),
      frameOf(undefined, "audio/opus", 2),
    ]);
    await refusing.run(send, streams);
    expect(streams.written).toEqual([]);
    expect(refusing.counts(send)).toEqual({ passed: 0, dropped: 2 });
    const willing = createFrameTransformer({ cipher: cipherOf(), clock });
    const foreign = streamsOf([frameOf("key", "video/H264", 1)]);
    await willing.run(send, foreign);
    expect(foreign.written).toEqual([]);
    expect(willing.counts(send)).toEqual({ passed: 0, dropped: 1 });
  });

  it("asks for a key frame when a picture is lost, once in half a second, and never for sound or an unbound link", async () => {
    const clock = createManualClock();
    let asked = 0;
    const requestKeyFrame = (): void => {
      asked += 1;
    };
    const lost = createFrameTransformer({ cipher: cipherOf("frame-epoch-unknown"), clock });
    const pictures = [1, 2, 3].map((byte) => frameOf("delta", "video/VP9", byte));
    await lost.run(receive, { ...streamsOf(pictures), requestKeyFrame });
    expect(asked).toBe(1);
    await lost.run(receive, {
      ...streamsOf([frameOf(undefined, "audio/opus", 1)]),
      requestKeyFrame,
    });
    const unbound = createFrameTransformer({ cipher: cipherOf("link-unbound"), clock });
    await unbound.run(receive, { ...streamsOf(pictures), requestKeyFrame });
    expect(asked).toBe(1);
  });
});
