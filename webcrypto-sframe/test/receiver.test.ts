import { afterEach, describe, expect, it, vi } from "vitest";
import { createReceiver, createSender, encodeHeader } from "../src/index.ts";
import { concat, fromHex, withFlippedBit } from "./bytes.ts";
import { BASE_KEY, codeOf, KID, makePair, valueOf } from "./pair.ts";
import { ALL_SUITES } from "./rfc9605-vectors.ts";

const GCM = "AES_128_GCM_SHA256_128";
const PLAINTEXT = fromHex("0a0b0c0d0e");
const OTHER_KEY = fromHex("ff0102030405060708090a0b0c0d0e0f");

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(ALL_SUITES)("bad frames, %s", (cipherSuite) => {
  it("tampered header, ciphertext, tag or metadata opens nothing, and the true frame still does", async () => {
    const { sender, receiver } = await makePair({ cipherSuite, firstCounter: 17_767 });
    const metadata = fromHex("0102");
    const frame = await valueOf(sender.encrypt(PLAINTEXT, { metadata }));
    const authenticity = "sframe-authentication-failed";
    // Byte 4 is the counter's last: the frame then claims another counter under the same key.
    for (const index of [4, 5, -1]) {
      const tampered = withFlippedBit(frame, index);
      expect(await codeOf(receiver.decrypt(tampered, { metadata }))).toBe(authenticity);
    }
    const wrong = withFlippedBit(metadata, 0);
    expect(await codeOf(receiver.decrypt(frame, { metadata: wrong }))).toBe(authenticity);
    expect(await codeOf(receiver.decrypt(frame))).toBe(authenticity);
    expect((await valueOf(receiver.decrypt(frame, { metadata }))).plaintext).toEqual(PLAINTEXT);
  });

  it("a frame cut at any byte, or with a byte after it, is refused", async () => {
    const { sender, receiver } = await makePair({ cipherSuite });
    await sender.encrypt(PLAINTEXT);
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    const tagBytes = frame.length - 3 - PLAINTEXT.length;
    for (let size = 0; size < frame.length; size += 1) {
      const code = await codeOf(receiver.decrypt(frame.slice(0, size)));
      const sealed =
        size < 3 + tagBytes ? "sframe-frame-truncated" : "sframe-authentication-failed";
      expect(code).toBe(size < 3 ? "sframe-header-truncated" : sealed);
    }
    const trailing = concat(frame, Uint8Array.of(0));
    expect(await codeOf(receiver.decrypt(trailing))).toBe("sframe-authentication-failed");
    await valueOf(receiver.decrypt(frame));
  });

  it("a frame of another key, or of another suite, is refused", async () => {
    const { receiver } = await makePair({ cipherSuite });
    const stranger = await createSender({ cipherSuite, baseKey: OTHER_KEY, kid: KID });
    const frame = await valueOf(stranger.encrypt(PLAINTEXT));
    expect(await codeOf(receiver.decrypt(frame))).toBe("sframe-authentication-failed");
    const foreignSuite = cipherSuite === GCM ? "AES_256_GCM_SHA512_128" : GCM;
    const foreign = await createSender({ cipherSuite: foreignSuite, baseKey: BASE_KEY, kid: KID });
    const alien = await valueOf(foreign.encrypt(new Uint8Array(40)));
    expect(await codeOf(receiver.decrypt(alien))).toBe("sframe-authentication-failed");
  });

  it("two decryptions of one frame in flight: exactly one succeeds", async () => {
    const { sender, receiver } = await makePair({ cipherSuite });
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    const results = await Promise.all([
      receiver.decrypt(frame),
      receiver.decrypt(frame),
      receiver.decrypt(frame),
    ]);
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    const refused = { code: "sframe-counter-replayed", kid: KID, ctr: 0 };
    expect(results.flatMap((result) => (result.ok ? [] : [result.error]))).toEqual([
      refused,
      refused,
    ]);
  });

  it("reads frame and metadata before it returns", async () => {
    const { sender, receiver } = await makePair({ cipherSuite });
    const metadata = fromHex("0102");
    const frame = await valueOf(sender.encrypt(PLAINTEXT, { metadata }));
    const pending = receiver.decrypt(frame, { metadata });
    frame.fill(0);
    metadata.fill(0);
    expect((await valueOf(pending)).plaintext).toEqual(PLAINTEXT);
  });

  it("an empty frame is a frame", async () => {
    const { sender, receiver } = await makePair({ cipherSuite });
    const frame = await valueOf(sender.encrypt(new Uint8Array(0)));
    expect((await valueOf(receiver.decrypt(frame))).plaintext).toHaveLength(0);
  });
});

describe("replays", () => {
  it("a frame opens once", async () => {
    const { sender, receiver } = await makePair();
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    await valueOf(receiver.decrypt(frame));
    expect(await receiver.decrypt(frame)).toEqual({
      ok: false,
      error: { code: "sframe-counter-replayed", kid: KID, ctr: 0 },
    });
  });

  it("a known replay is refused without a decryption", async () => {
    const { sender, receiver } = await makePair();
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    await valueOf(receiver.decrypt(frame));
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    await codeOf(receiver.decrypt(frame));
    expect(decrypt).not.toHaveBeenCalled();
  });

  it("frames may come in any order within the window of 1,024, and not behind it", async () => {
    const { sender, receiver } = await makePair();
    const frames = await Promise.all(
      Array.from({ length: 1025 }, () => valueOf(sender.encrypt(PLAINTEXT))),
    );
    const [oldest = PLAINTEXT, second = PLAINTEXT] = frames;
    await valueOf(receiver.decrypt(frames.at(-1) ?? PLAINTEXT));
    await valueOf(receiver.decrypt(second));
    expect(await receiver.decrypt(oldest)).toEqual({
      ok: false,
      error: { code: "sframe-counter-too-old", kid: KID, ctr: 0 },
    });
  });

  it("a frame that the window leaves behind while it is decrypted is too old", async () => {
    const { sender, receiver } = await makePair({ replayWindowSize: 1 });
    const older = await valueOf(sender.encrypt(PLAINTEXT));
    const newer = await valueOf(sender.encrypt(PLAINTEXT));
    const { subtle } = crypto;
    const decrypt = subtle.decrypt.bind(subtle);
    const newerIsIn = Promise.withResolvers<void>();
    vi.spyOn(subtle, "decrypt").mockImplementationOnce(async (...parameters) => {
      const plaintext = await decrypt(...parameters);
      await newerIsIn.promise;
      return plaintext;
    });
    const pending = receiver.decrypt(older);
    await valueOf(receiver.decrypt(newer));
    newerIsIn.resolve();
    expect(await codeOf(pending)).toBe("sframe-counter-too-old");
  });

  it("a forged frame far ahead does not move the window", async () => {
    const { sender, receiver } = await makePair();
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    const forged = concat(encodeHeader({ kid: KID, ctr: 2n ** 60n }), new Uint8Array(40));
    expect(await codeOf(receiver.decrypt(forged))).toBe("sframe-authentication-failed");
    await valueOf(receiver.decrypt(frame));
  });

  it("each KID has a window of its own", async () => {
    const { sender, receiver } = await makePair();
    await receiver.addKey({ kid: 5, baseKey: BASE_KEY });
    const other = await createSender({ cipherSuite: GCM, baseKey: BASE_KEY, kid: 5 });
    await valueOf(receiver.decrypt(await valueOf(sender.encrypt(PLAINTEXT))));
    const opened = await valueOf(receiver.decrypt(await valueOf(other.encrypt(PLAINTEXT))));
    expect(opened).toEqual({ kid: 5, ctr: 0, plaintext: PLAINTEXT });
  });
});

describe("keys by KID", () => {
  it("an unknown KID is named, and nothing is decrypted", async () => {
    const { sender } = await makePair();
    const receiver = createReceiver({ cipherSuite: GCM });
    const decrypt = vi.spyOn(crypto.subtle, "decrypt");
    expect(await receiver.decrypt(await valueOf(sender.encrypt(PLAINTEXT)))).toEqual({
      ok: false,
      error: { code: "sframe-key-unknown", kid: KID, ctr: 0 },
    });
    expect(decrypt).not.toHaveBeenCalled();
  });

  it("a key is known from the end of addKey to removeKey", async () => {
    const { sender, receiver } = await makePair();
    expect(receiver.hasKey(KID)).toBe(true);
    expect(receiver.hasKey(BigInt(KID))).toBe(true);
    expect(receiver.removeKey(KID)).toBe(true);
    expect(receiver.removeKey(KID)).toBe(false);
    expect(receiver.hasKey(KID)).toBe(false);
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    expect(await codeOf(receiver.decrypt(frame))).toBe("sframe-key-unknown");
    const adding = receiver.addKey({ kid: KID, baseKey: BASE_KEY });
    expect(receiver.hasKey(KID)).toBe(false);
    expect(await codeOf(receiver.decrypt(frame))).toBe("sframe-key-unknown");
    await adding;
    expect(receiver.hasKey(KID)).toBe(true);
    await valueOf(receiver.decrypt(frame));
  });

  it("a KID takes one key, even of two added at once", async () => {
    const receiver = createReceiver({ cipherSuite: GCM });
    const first = receiver.addKey({ kid: 1, baseKey: BASE_KEY });
    await expect(receiver.addKey({ kid: 1n, baseKey: OTHER_KEY })).rejects.toThrow(TypeError);
    await first;
    expect(receiver.hasKey(1)).toBe(true);
    await expect(receiver.addKey({ kid: 1, baseKey: OTHER_KEY })).rejects.toThrow(/^kid: /);
  });

  it("a key that cannot be derived leaves its KID free", async () => {
    const receiver = createReceiver({ cipherSuite: GCM });
    const adding = receiver.addKey({ kid: 1, baseKey: new Uint8Array(0) });
    await expect(adding).rejects.toThrow(/^baseKey: /);
    await receiver.addKey({ kid: 1, baseKey: BASE_KEY });
    expect(receiver.hasKey(1)).toBe(true);
  });

  it("a failed derivation does not remove a key added in its place", async () => {
    const receiver = createReceiver({ cipherSuite: GCM });
    const adding = receiver.addKey({ kid: 1, baseKey: new Uint8Array(0) });
    receiver.removeKey(1);
    const again = receiver.addKey({ kid: 1, baseKey: BASE_KEY });
    await expect(adding).rejects.toThrow(TypeError);
    await again;
    expect(receiver.hasKey(1)).toBe(true);
  });

  it("a key removed while it is derived does not come back", async () => {
    const receiver = createReceiver({ cipherSuite: GCM });
    const adding = receiver.addKey({ kid: 1, baseKey: BASE_KEY });
    expect(receiver.removeKey(1)).toBe(true);
    await adding;
    expect(receiver.hasKey(1)).toBe(false);
  });

  it("a key removed while a frame is decrypted withholds that frame", async () => {
    const { sender, receiver } = await makePair();
    const pending = receiver.decrypt(await valueOf(sender.encrypt(PLAINTEXT)));
    receiver.removeKey(KID);
    expect(await codeOf(pending)).toBe("sframe-key-unknown");
  });

  it.each([0, 7, 8, 2 ** 31 - 1, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n])(
    "KID %s is found",
    async (kid) => {
      const { sender, receiver } = await makePair({ kid });
      const opened = await valueOf(receiver.decrypt(await valueOf(sender.encrypt(PLAINTEXT))));
      expect(opened.kid).toBe(kid);
    },
  );
});

describe("receiver arguments and faults", () => {
  it("a frame over the limit is refused before anything in it is looked at", async () => {
    const receiver = createReceiver({ cipherSuite: GCM, maxFrameBytes: 100 });
    expect(await receiver.decrypt(new Uint8Array(101).fill(0xff))).toEqual({
      ok: false,
      error: { code: "sframe-frame-oversize", sizeBytes: 101, limitBytes: 100 },
    });
    expect(await codeOf(receiver.decrypt(new Uint8Array(100)))).toBe("sframe-key-unknown");
  });

  it("a header that is not minimal is refused as such", async () => {
    const { receiver } = await makePair();
    const frame = concat(fromHex("0800"), new Uint8Array(40));
    expect(await codeOf(receiver.decrypt(frame))).toBe("sframe-header-not-minimal");
  });

  it("a fault of the engine throws, and does not pass for a forged frame", async () => {
    const { sender, receiver } = await makePair();
    const frame = await valueOf(sender.encrypt(PLAINTEXT));
    const fault = new DOMException("the key went away", "InvalidAccessError");
    vi.spyOn(crypto.subtle, "decrypt").mockRejectedValueOnce(fault);
    await expect(receiver.decrypt(frame)).rejects.toBe(fault);
    await valueOf(receiver.decrypt(frame));
  });

  it("throws a TypeError that names the argument", async () => {
    const wrongName = "AES_128_GCM" as typeof GCM;
    expect(() => createReceiver({ cipherSuite: wrongName })).toThrow(/^cipherSuite: /);
    expect(() => createReceiver({ cipherSuite: GCM, replayWindowSize: 0 })).toThrow(
      /^replayWindowSize: /,
    );
    expect(() => createReceiver({ cipherSuite: GCM, maxFrameBytes: 1.5 })).toThrow(
      /^maxFrameBytes: /,
    );
    const receiver = createReceiver({ cipherSuite: GCM });
    expect(() => receiver.hasKey(-1)).toThrow(/^kid: /);
    expect(() => receiver.removeKey(2 ** 53)).toThrow(/^kid: /);
    await expect(receiver.addKey({ kid: -1n, baseKey: BASE_KEY })).rejects.toThrow(/^kid: /);
    const notBytes = [0] as unknown as typeof BASE_KEY;
    await expect(receiver.decrypt(notBytes)).rejects.toThrow(/^frame: /);
  });
});
