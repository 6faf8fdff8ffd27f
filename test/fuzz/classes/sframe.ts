import { equalBytes } from "../../../protocol/bytes.ts";
import { codecWrapper } from "../../../web/crypto-worker/frames/codec-wrapper.ts";
import { importBaseKey } from "../../../webcrypto-sframe/src/base-key.ts";
import { createReceiver } from "../../../webcrypto-sframe/src/create-receiver.ts";
import { createSender } from "../../../webcrypto-sframe/src/create-sender.ts";
import { decodeHeader } from "../../../webcrypto-sframe/src/decode-header.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateBytes } from "../mutate.ts";
import { encodeHeader } from "../../../webcrypto-sframe/src/encode-header.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const cipherSuite = "AES_128_GCM_SHA256_128";
const CODECS = ["audio/opus", "video/VP9", "video/VP8", "video/AV1", "video/H264"];

const u64 = (bytes: Uint8Array): bigint =>
  bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

/** RFC 9605 §4.3 once more, with every number a bigint. */
function readPlainly(frame: Uint8Array): { kid: bigint; ctr: bigint; size: number } | undefined {
  const [config = 0] = frame;
  const field = (bits: number, at: number) => {
    if (bits < 8) return { value: BigInt(bits), end: at };
    const end = at + (bits & 7) + 1;
    return { value: u64(frame.subarray(at, end)), end };
  };
  const kid = field(config >> 4, 1);
  const ctr = field(config & 15, kid.end);
  return frame.length < Math.max(1, ctr.end)
    ? undefined
    : { kid: kid.value, ctr: ctr.value, size: ctr.end };
}

/** The header alone: cheap, so every form of it is tried often. */
export const sframeHeader = fuzzClass({
  name: "sframe-header",
  rules: "FRAME-1",
  about:
    "The header of a frame (RFC 9605 §4.3): config bytes of every kind, numbers at their edges",
  casesInMillion: 120_000,
  prepare: async () => ({
    make: (random) => {
      const bytes = random.bytes(random.below(20));
      if (random.chance(0.4))
        bytes.fill(random.pick([0, 255]), 1 + random.below(4), 1 + random.below(17));
      return bytes;
    },
    check: (frame: Bytes) => {
      const read = decodeHeader(frame);
      const plain = readPlainly(frame);
      if (!read.ok) {
        must(
          (plain === undefined) === (read.error.code === "sframe-header-truncated"),
          "wrong code",
        );
        return read.error.code;
      }
      const { kid, ctr, sizeBytes } = read.value;
      must(BigInt(kid) === plain?.kid && BigInt(ctr) === plain.ctr, "another number");
      must(sizeBytes === plain.size, "another size");
      must(
        equalBytes(encodeHeader({ kid, ctr }), frame.subarray(0, sizeBytes)),
        "another spelling",
      );
      return ACCEPTED;
    },
  }),
});

/** Whole frames at a receiver that holds their keys, and the wrapping in which browsers hand them over. */
export const sframeFrames = fuzzClass({
  name: "sframe-frames",
  rules: "FRAME-1, FRAME-2",
  about:
    "Sealed frames as they come from a peer, in the wrapping of each codec: changed, cut, spliced, said twice",
  casesInMillion: 80_000,
  prepare: async () => {
    const kids = [3, 291, 2 ** 31 - 1];
    const baseKey = await importBaseKey(new Uint8Array(16).fill(9));
    const sealed: { readonly frame: Bytes; readonly plaintext: Bytes }[] = [];
    for (const kid of kids) {
      const sender = await createSender({ cipherSuite, baseKey, kid });
      for (let size = 0; size < 40; size += 1) {
        const plaintext = new Uint8Array(size * size).fill(size);
        const made = await sender.encrypt(plaintext);
        if (!made.ok) throw new TypeError(made.error.code);
        sealed.push({ frame: made.value, plaintext });
      }
    }
    const newReceiver = async () => {
      const receiver = createReceiver({ cipherSuite, maxFrameBytes: 65_536 });
      for (const kid of kids) await receiver.addKey({ kid, baseKey });
      return { receiver, opened: new Set<Bytes>() };
    };
    let current = await newReceiver();
    const frames = sealed.map(({ frame }) => frame);
    return {
      make: (random) => {
        const codec = random.pick(CODECS);
        const frame = random.pick(frames);
        if (random.chance(0.3)) return { codec, frame };
        if (random.chance(0.002)) return { codec, frame: random.bytes(3 * 65_536) };
        return { codec, frame: mutateBytes(random, frame, frames) };
      },
      check: async ({ codec, frame }) => {
        const wrapped = codecWrapper(codec)?.unwrap(frame);
        must(wrapped === undefined || wrapped.buffer === frame.buffer, "unwrapped it is a copy");
        if (current.opened.size > sealed.length * 0.8) current = await newReceiver();
        const { receiver, opened } = current;
        const read = await receiver.decrypt(frame);
        if (!read.ok) return read.error.code;
        const genuine = sealed.find((one) => equalBytes(one.frame, frame));
        must(genuine !== undefined, "opened what nobody sealed");
        must(equalBytes(read.value.plaintext, genuine.plaintext), "opened to other bytes");
        must(!opened.has(genuine.frame), "opened twice");
        opened.add(genuine.frame);
        return ACCEPTED;
      },
    };
  },
});
