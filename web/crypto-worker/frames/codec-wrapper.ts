/** What stands in front of a sealed frame so that browsers packetize and recognise it: SPEC FRAME-2. */
export type CodecWrapper = {
  readonly prefix: (keyFrame: boolean) => Uint8Array | undefined;
  /** The SFrame ciphertext inside, as a view; nothing where the wrapping is not ours. */
  readonly unwrap: (data: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined;
};

const bare: CodecWrapper = { prefix: () => undefined, unwrap: (data) => data };

// First byte of a VP8 frame tag (RFC 6386 §9.1): bit 0 is clear on key frames.
const VP8_KEY = Uint8Array.of(0x00);
const VP8_DELTA = Uint8Array.of(0x01);
const vp8: CodecWrapper = {
  prefix: (keyFrame) => (keyFrame ? VP8_KEY : VP8_DELTA),
  unwrap: (data) => (data[0] === 0x00 || data[0] === 0x01 ? data.subarray(1) : undefined),
};

// OBU headers (AV1 §5.3.2) without size field: a sequence header starts key frames, OBU_FRAME the others.
const AV1_KEY = Uint8Array.of(0x08);
const AV1_DELTA = Uint8Array.of(0x30);
const OBU_HAS_SIZE = 0x02;
const av1: CodecWrapper = {
  prefix: (keyFrame) => (keyFrame ? AV1_KEY : AV1_DELTA),
  unwrap: (data) => {
    const [header] = data;
    if (header === undefined) return undefined;
    const type = header & ~OBU_HAS_SIZE;
    if (type !== AV1_KEY[0] && type !== AV1_DELTA[0]) return undefined;
    if ((header & OBU_HAS_SIZE) === 0) return data.subarray(1);
    // The depacketizer makes a low-overhead stream of it: header, size, payload.
    const size = readLeb128(data, 1);
    if (size === undefined || data.length !== size.end + size.value) return undefined;
    return data.subarray(size.end);
  },
};

const MOST_LEB128_BYTES = 4;

/** AV1 §4.10.5; four bytes say more than any frame holds. */
function readLeb128(
  data: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < MOST_LEB128_BYTES; index += 1) {
    const byte = data[start + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return undefined;
}

const wrappers = new Map<string, CodecWrapper>([
  ["audio/opus", bare],
  ["video/vp9", bare],
  ["video/vp8", vp8],
  ["video/av1", av1],
]);

/** The wrapper of a codec by its media type (RFC 4855; case is of no account); nothing for one that is not ours to send. */
export const codecWrapper = (mimeType: string | undefined): CodecWrapper | undefined =>
  mimeType === undefined ? undefined : wrappers.get(mimeType.toLowerCase());
