import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createSender, decodeHeader, type Uint64 } from "../src/index.ts";
import { type Bytes, fromHex, toHex } from "./bytes.ts";
import { BASE_KEY, codeOf, KID, makePair, valueOf } from "./pair.ts";
import { ALL_SUITES } from "./rfc9605-vectors.ts";

const SEED = 77;
const PLAINTEXT = fromHex("0a0b0c0d0e");

afterEach(() => {
  vi.restoreAllMocks();
});

function counterOf(frame: Bytes): Uint64 {
  const header = decodeHeader(frame);
  if (!header.ok) throw new Error(header.error.code);
  return header.value.ctr;
}

describe("sender", () => {
  it("counts in the order of the calls, with all of them in flight", async () => {
    const { sender } = await makePair();
    const frames = await Promise.all(
      Array.from({ length: 300 }, () => valueOf(sender.encrypt(PLAINTEXT))),
    );
    expect(frames.map(counterOf)).toEqual(Array.from({ length: 300 }, (_, ctr) => ctr));
  });

  it("takes the counter before encrypt returns", async () => {
    const { sender } = await makePair();
    expect(sender.nextCounter).toBe(0);
    const pending = sender.encrypt(PLAINTEXT);
    expect(sender.nextCounter).toBe(1);
    await pending;
    expect(sender.nextCounter).toBe(1);
  });

  it.each(ALL_SUITES)("%s: never passes one nonce twice to the cipher", async (cipherSuite) => {
    const { sender } = await makePair({ cipherSuite, firstCounter: 2 ** 32 - 100 });
    const encrypt = vi.spyOn(crypto.subtle, "encrypt");
    await Promise.all(Array.from({ length: 300 }, () => sender.encrypt(PLAINTEXT)));
    const nonces = encrypt.mock.calls.map(([parameters]) => {
      const { iv, counter } = parameters as unknown as { iv?: Bytes; counter?: Bytes };
      return toHex(iv ?? counter ?? new Uint8Array(0));
    });
    expect(nonces).toHaveLength(300);
    expect(new Set(nonces).size).toBe(300);
  });

  it("a failed encryption throws, and its counter is gone", async () => {
    const { sender } = await makePair();
    const failure = new Error("the engine failed");
    vi.spyOn(crypto.subtle, "encrypt").mockRejectedValueOnce(failure);
    await expect(sender.encrypt(PLAINTEXT)).rejects.toBe(failure);
    expect(counterOf(await valueOf(sender.encrypt(PLAINTEXT)))).toBe(1);
  });

  it("crosses from number to bigint without a step left out or repeated", async () => {
    const { sender, receiver } = await makePair({ firstCounter: 2 ** 53 - 2 });
    const seen: Uint64[] = [];
    for (let count = 0; count < 4; count += 1) {
      const frame = await valueOf(sender.encrypt(PLAINTEXT));
      seen.push((await valueOf(receiver.decrypt(frame))).ctr);
    }
    expect(seen).toEqual([2 ** 53 - 2, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n]);
  });

  it("uses 2^64 - 1 once and then is exhausted for good", async () => {
    const { sender, receiver } = await makePair({ firstCounter: 2n ** 64n - 2n });
    for (const ctr of [2n ** 64n - 2n, 2n ** 64n - 1n]) {
      const frame = await valueOf(sender.encrypt(PLAINTEXT));
      expect(await valueOf(receiver.decrypt(frame))).toEqual({
        kid: KID,
        ctr,
        plaintext: PLAINTEXT,
      });
    }
    expect(sender.nextCounter).toBeUndefined();
    expect(await codeOf(sender.encrypt(PLAINTEXT))).toBe("sframe-counter-exhausted");
    expect(await codeOf(sender.encrypt(PLAINTEXT))).toBe("sframe-counter-exhausted");
  });

  it("refuses a frame over the limit by its sealed size, and keeps the counter", async () => {
    const sender = await createSender({
      cipherSuite: "AES_128_GCM_SHA256_128",
      baseKey: BASE_KEY,
      kid: 0,
      maxFrameBytes: 100,
    });
    expect(await sender.encrypt(new Uint8Array(84))).toEqual({
      ok: false,
      error: { code: "sframe-frame-oversize", sizeBytes: 101, limitBytes: 100 },
    });
    const frame = await valueOf(sender.encrypt(new Uint8Array(83)));
    expect(frame).toHaveLength(100);
    expect(counterOf(frame)).toBe(0);
  });

  it("returns a frame that fills its buffer, so that the buffer can be handed on", async () => {
    for (const cipherSuite of ALL_SUITES) {
      const { sender } = await makePair({ cipherSuite });
      const frame = await valueOf(sender.encrypt(PLAINTEXT));
      expect(frame.byteLength).toBe(frame.buffer.byteLength);
    }
  });

  it.each(ALL_SUITES)("%s: puts a prefix in front, outside the frame", async (cipherSuite) => {
    const { sender, receiver } = await makePair({ cipherSuite });
    const prefix = fromHex("ff00");
    const pending = sender.encrypt(PLAINTEXT, { prefix });
    prefix.fill(0x55);
    const frame = await valueOf(pending);
    expect(toHex(frame.subarray(0, 2))).toBe("ff00");
    expect(frame.byteLength).toBe(frame.buffer.byteLength);
    const opened = await valueOf(receiver.decrypt(frame.subarray(2)));
    expect(opened.plaintext).toEqual(PLAINTEXT);
  });

  it.each(ALL_SUITES)(
    "%s: writes into the room it is given, and no further",
    async (cipherSuite) => {
      const { sender, receiver } = await makePair({ cipherSuite });
      const room = new Uint8Array(200).fill(0xee);
      const into = room.subarray(50);
      const prefix = fromHex("ff");
      const frame = await valueOf(sender.encrypt(PLAINTEXT, { prefix, into }));
      expect(frame.buffer).toBe(room.buffer);
      expect(frame.byteOffset).toBe(50);
      expect(room.subarray(0, 50).every((byte) => byte === 0xee)).toBe(true);
      expect(room.subarray(50 + frame.length).every((byte) => byte === 0xee)).toBe(true);
      const opened = await valueOf(receiver.decrypt(frame.subarray(1)));
      expect(opened.plaintext).toEqual(PLAINTEXT);
    },
  );

  it("refuses too little room before it takes a counter", async () => {
    const { sender } = await makePair();
    const { length } = await valueOf(sender.encrypt(PLAINTEXT));
    const tooSmall = sender.encrypt(PLAINTEXT, { into: new Uint8Array(length - 1) });
    await expect(tooSmall).rejects.toThrow(/^into: /);
    expect(sender.nextCounter).toBe(1);
    const frame = await valueOf(sender.encrypt(PLAINTEXT, { into: new Uint8Array(length) }));
    expect(frame).toHaveLength(length);
  });

  it.each(ALL_SUITES)("%s: reads plaintext and metadata before it returns", async (cipherSuite) => {
    const { sender, receiver } = await makePair({ cipherSuite });
    const plaintext = PLAINTEXT.slice();
    const metadata = fromHex("0102");
    const pending = sender.encrypt(plaintext, { metadata });
    plaintext.fill(0);
    metadata.fill(0);
    const frame = await valueOf(pending);
    const opened = await valueOf(receiver.decrypt(frame, { metadata: fromHex("0102") }));
    expect(opened.plaintext).toEqual(PLAINTEXT);
  });

  it.each(ALL_SUITES)(
    `%s: what it seals, a receiver opens, at any size and metadata (seed ${SEED})`,
    async (cipherSuite) => {
      const { sender, receiver } = await makePair({ cipherSuite });
      const bytes = fc.uint8Array({ maxLength: 300 }).map((drawn): Bytes => Uint8Array.from(drawn));
      await fc.assert(
        fc.asyncProperty(bytes, bytes, async (plaintext, metadata) => {
          const frame = await valueOf(sender.encrypt(plaintext, { metadata }));
          const opened = await valueOf(receiver.decrypt(frame, { metadata }));
          expect(toHex(opened.plaintext)).toBe(toHex(plaintext));
        }),
        { seed: SEED, numRuns: 60 },
      );
    },
  );

  it("throws a TypeError that names the argument", async () => {
    const good = { cipherSuite: "AES_128_GCM_SHA256_128", baseKey: BASE_KEY, kid: 1 } as const;
    const ofWrongName = { ...good, cipherSuite: "constructor" as "AES_128_GCM_SHA256_128" };
    await expect(createSender(ofWrongName)).rejects.toThrow(/^cipherSuite: /);
    await expect(createSender({ ...good, kid: -1 })).rejects.toThrow(/^kid: /);
    await expect(createSender({ ...good, firstCounter: 0.5 })).rejects.toThrow(/^firstCounter: /);
    await expect(createSender({ ...good, maxFrameBytes: 0 })).rejects.toThrow(/^maxFrameBytes: /);
    await expect(createSender({ ...good, baseKey: new Uint8Array(0) })).rejects.toThrow(
      /^baseKey: /,
    );
    const aesKey = await crypto.subtle.importKey("raw", BASE_KEY, "AES-GCM", false, ["encrypt"]);
    await expect(createSender({ ...good, baseKey: aesKey })).rejects.toThrow(/^baseKey: /);
    const sender = await createSender(good);
    const notBytes = "text" as unknown as Bytes;
    await expect(sender.encrypt(notBytes)).rejects.toThrow(/^plaintext: /);
    for (const name of ["metadata", "prefix", "into"]) {
      const pending = sender.encrypt(PLAINTEXT, { [name]: notBytes });
      await expect(pending).rejects.toThrow(`${name}: expected`);
    }
    expect(sender.nextCounter).toBe(0);
  });
});
