import { type CipherSuite, createReceiver, createSender } from "../src/index.ts";

export type PerFrameOptions = {
  /** Plaintext sizes in bytes. */
  readonly frameSizes: readonly number[];
  /** How long to measure each size and direction. */
  readonly seconds: number;
  /** `AES_128_GCM_SHA256_128` by default: the suite whose cipher the bare side runs. */
  readonly cipherSuite?: CipherSuite;
  /** Frames under way at once; 1 by default. */
  readonly inFlight?: number;
};

export type PerFrameFigure = {
  /** `encrypt-into` writes to one buffer over and over; `encrypt` makes one for each frame. */
  readonly operation: "encrypt" | "encrypt-into" | "decrypt";
  readonly frameBytes: number;
  /** Medians over all batches, microseconds a frame. */
  readonly sframeMicros: number;
  readonly bareMicros: number;
  /** Median of the ratios of neighbouring batches, SFrame over bare. */
  readonly ratio: number;
  readonly batches: number;
};

type Frame = Uint8Array<ArrayBuffer>;
type Operation = (index: number) => Promise<unknown>;
type Contenders = { readonly sframe: Operation; readonly bare: Operation };

const BASE_KEY_BYTES = 16;

/**
 * Measures what a frame costs over bare `crypto.subtle` AES-GCM, which has one fixed nonce, no header,
 * no associated data and no copy of its output: less than any usable sealing does.
 *
 * Both give up each output as soon as they have it, as a frame's buffer is when the frame is written to
 * its stream (WebRTC Encoded Transform detaches it): what a run leaves lying about until a collection of
 * garbage costs new pages, and that would measure the machine's memory.
 *
 * The two take turns batch by batch in one run and swap who goes first, so that a change of clock speed
 * or a collection of garbage falls on both. Runs wherever WebCrypto does.
 */
export async function measurePerFrame({
  frameSizes,
  seconds,
  cipherSuite = "AES_128_GCM_SHA256_128",
  inFlight = 1,
}: PerFrameOptions): Promise<PerFrameFigure[]> {
  const figures: PerFrameFigure[] = [];
  for (const frameBytes of frameSizes) {
    // A batch must outlast the clock's step, 100 µs in a page that is not isolated, many times over;
    // and the frames of one batch must not fill the memory.
    const framesPerBatch = frameBytes > 20_000 ? 64 : 256;
    for (const operation of ["encrypt", "encrypt-into", "decrypt"] as const) {
      const nextBatch =
        operation === "decrypt"
          ? await decryptContenders(cipherSuite, frameBytes, framesPerBatch)
          : await encryptContenders(cipherSuite, frameBytes, operation === "encrypt-into");
      const run = { nextBatch, framesPerBatch, inFlight };
      // The first tenth warms up the engine and is thrown away.
      await compare({ ...run, seconds: seconds / 10 });
      figures.push({ operation, frameBytes, ...(await compare({ ...run, seconds })) });
    }
  }
  return figures;
}

async function encryptContenders(cipherSuite: CipherSuite, frameBytes: number, reuse: boolean) {
  const sender = await createSender({ cipherSuite, baseKey: baseKey(), kid: 291 });
  const key = await bareKey(cipherSuite);
  const plaintext = new Uint8Array(frameBytes);
  const into = new Uint8Array(frameBytes + 64);
  const contenders: Contenders = {
    sframe: async () => {
      const sealed = await sender.encrypt(plaintext, reuse ? { into } : undefined);
      if (!sealed.ok) throw new Error(sealed.error.code);
      if (!reuse) giveUp(sealed.value.buffer);
    },
    bare: async () => giveUp(await crypto.subtle.encrypt(bareParameters(), key, plaintext)),
  };
  return async () => contenders;
}

async function decryptContenders(
  cipherSuite: CipherSuite,
  frameBytes: number,
  framesPerBatch: number,
) {
  const sender = await createSender({ cipherSuite, baseKey: baseKey(), kid: 291 });
  const receiver = createReceiver({ cipherSuite });
  await receiver.addKey({ kid: 291, baseKey: baseKey() });
  const key = await bareKey(cipherSuite);
  const plaintext = new Uint8Array(frameBytes);
  return async (): Promise<Contenders> => {
    // Each frame opens once, so every batch needs fresh ones; making them is not timed. The bare side
    // has as many of its own: one buffer read over and over would stay in the processor's cache.
    const frames: Frame[] = [];
    const bareFrames: ArrayBuffer[] = [];
    for (let index = 0; index < framesPerBatch; index += 1) {
      const encrypted = await sender.encrypt(plaintext);
      if (!encrypted.ok) throw new Error(encrypted.error.code);
      frames.push(encrypted.value);
      bareFrames.push(await crypto.subtle.encrypt(bareParameters(), key, plaintext));
    }
    const bare: Operation = async (index) => {
      const sealed = bareFrames[index] ?? new ArrayBuffer(0);
      giveUp(await crypto.subtle.decrypt(bareParameters(), key, sealed));
    };
    const sframe: Operation = async (index) => {
      const opened = await receiver.decrypt(frames[index] ?? new Uint8Array(0));
      // A refusal is quicker than an opening: it must not pass for one.
      if (!opened.ok) throw new Error(opened.error.code);
      giveUp(opened.value.plaintext.buffer);
    };
    return { sframe, bare };
  };
}

type Run = {
  readonly nextBatch: () => Promise<Contenders>;
  readonly framesPerBatch: number;
  readonly inFlight: number;
  readonly seconds: number;
};

async function compare({
  nextBatch,
  framesPerBatch,
  inFlight,
  seconds,
}: Run): Promise<Omit<PerFrameFigure, "operation" | "frameBytes">> {
  const sframe: number[] = [];
  const bare: number[] = [];
  const ratios: number[] = [];
  const endMs = performance.now() + seconds * 1000;
  while (ratios.length === 0 || performance.now() < endMs) {
    const contenders = await nextBatch();
    let sframeMs: number;
    let bareMs: number;
    if (ratios.length % 2 === 0) {
      bareMs = await timeBatch(contenders.bare, framesPerBatch, inFlight);
      sframeMs = await timeBatch(contenders.sframe, framesPerBatch, inFlight);
    } else {
      sframeMs = await timeBatch(contenders.sframe, framesPerBatch, inFlight);
      bareMs = await timeBatch(contenders.bare, framesPerBatch, inFlight);
    }
    sframe.push(sframeMs);
    bare.push(bareMs);
    ratios.push(sframeMs / bareMs);
  }
  const microsPerFrame = 1000 / framesPerBatch;
  return {
    sframeMicros: median(sframe) * microsPerFrame,
    bareMicros: median(bare) * microsPerFrame,
    ratio: median(ratios),
    batches: ratios.length,
  };
}

async function timeBatch(
  operation: Operation,
  framesPerBatch: number,
  inFlight: number,
): Promise<number> {
  const startMs = performance.now();
  for (let first = 0; first < framesPerBatch; first += inFlight) {
    const last = Math.min(first + inFlight, framesPerBatch);
    if (inFlight === 1) {
      await operation(first);
    } else {
      const underWay: Promise<unknown>[] = [];
      for (let index = first; index < last; index += 1) underWay.push(operation(index));
      await Promise.all(underWay);
    }
  }
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function giveUp(output: ArrayBuffer): void {
  output.transfer(0);
}

function baseKey(): Frame {
  return new Uint8Array(BASE_KEY_BYTES);
}

function bareParameters() {
  return { name: "AES-GCM", iv: new Uint8Array(12) };
}

async function bareKey(cipherSuite: CipherSuite): Promise<CryptoKey> {
  const keyBytes = cipherSuite === "AES_256_GCM_SHA512_128" ? 32 : 16;
  const bytes = new Uint8Array(keyBytes);
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
