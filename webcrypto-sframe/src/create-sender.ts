import { importAead } from "./import-aead.ts";
import { requireBytes, requireInteger } from "./arguments.ts";
import { type BaseKey, importBaseKey } from "./base-key.ts";
import { type CipherSuite, suiteParameters } from "./cipher-suite.ts";
import { deriveKeyAndSalt } from "./derive-key-and-salt.ts";
import { buildHeader } from "./encode-header.ts";
import type { EncryptFailure } from "./failure.ts";
import { formAad } from "./form-aad.ts";
import { concatBytes } from "./concat-bytes.ts";
import { formNonce } from "./form-nonce.ts";
import { DEFAULT_MAX_FRAME_BYTES, refuseOversize } from "./frame-size.ts";
import type { Result } from "./result.ts";
import { canonicalUint64, nextUint64, type Uint64 } from "./uint64.ts";

export type SenderOptions = {
  readonly cipherSuite: CipherSuite;
  readonly baseKey: BaseKey;
  readonly kid: Uint64;
  /**
   * The first counter to use, 0 by default. Only for a sender that continues where another with the
   * same key and KID stopped: pass that one's `nextCounter`.
   */
  readonly firstCounter?: Uint64;
  /** The longest sealed frame, header and tag included; 16 MiB by default. */
  readonly maxFrameBytes?: number;
};

export type EncryptOptions = {
  /** Authenticated with the frame and not sent: the receiver must pass the same. */
  readonly metadata?: Uint8Array;
  /**
   * Put in front of the frame as it is, neither encrypted nor authenticated: what a packetizer has to
   * see. It spares the caller another buffer and another copy; the receiver cuts it off.
   */
  readonly prefix?: Uint8Array;
  /**
   * Where to write the frame, instead of a buffer of its own; with room for all of it. Not to be touched
   * until the promise settles. For large frames, fresh memory is most of what a frame costs beyond the cipher.
   */
  readonly into?: Uint8Array<ArrayBuffer>;
};

/** Seals frames under one key and KID, and owns their counter. */
export type SframeSender = {
  readonly kid: Uint64;

  /** The counter the next frame will carry; `undefined` once 2^64 - 1 is used. */
  readonly nextCounter: Uint64 | undefined;

  /**
   * Encrypts one frame (RFC 9605 §4.4.3): header ‖ ciphertext ‖ tag, in a buffer of exactly that size or,
   * with `into`, as a view of the front of that.
   *
   * The counter is taken before this returns its promise, in the order of the calls, so any number of
   * frames may be in flight. A counter once taken is never used again, even where the encryption
   * fails. Plaintext, metadata and prefix are read before this returns.
   *
   * Failures: `sframe-counter-exhausted`, `sframe-frame-oversize`.
   */
  encrypt(
    plaintext: Uint8Array<ArrayBuffer>,
    options?: EncryptOptions,
  ): Promise<Result<Uint8Array<ArrayBuffer>, EncryptFailure>>;
};

/**
 * Makes a sender for one key and KID.
 *
 * Make one for each pair of base key and KID, ever: two would count alike and encrypt two frames under
 * one nonce, which gives away both and lets anyone forge.
 */
export async function createSender({
  cipherSuite,
  baseKey,
  kid: givenKid,
  firstCounter = 0,
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES,
}: SenderOptions): Promise<SframeSender> {
  const suite = suiteParameters(cipherSuite);
  const kid = canonicalUint64(givenKid, "kid");
  let nextCounter: Uint64 | undefined = canonicalUint64(firstCounter, "firstCounter");
  requireInteger(maxFrameBytes, "maxFrameBytes", 1, Number.MAX_SAFE_INTEGER);
  const { key, salt } = await deriveKeyAndSalt(suite, await importBaseKey(baseKey), kid);
  const aead = await importAead(suite, key, "seal");

  return {
    kid,

    get nextCounter() {
      return nextCounter;
    },

    async encrypt(plaintext, options) {
      // Nothing may wait before the counter is taken and the plaintext handed over: calls in flight
      // would otherwise share the one or see the other change.
      requireBytes(plaintext, "plaintext");
      const metadata = options?.metadata;
      const prefix = options?.prefix;
      const into = options?.into;
      if (metadata !== undefined) requireBytes(metadata, "metadata");
      if (prefix !== undefined) requireBytes(prefix, "prefix");
      if (into !== undefined) requireBytes(into, "into");
      const ctr = nextCounter;
      if (ctr === undefined) return { ok: false, error: { code: "sframe-counter-exhausted" } };
      const header = buildHeader(kid, ctr);
      const sizeBytes = header.length + plaintext.length + suite.tagBytes;
      if (sizeBytes > maxFrameBytes) return refuseOversize(sizeBytes, maxFrameBytes);
      const front = prefix === undefined ? header : concatBytes(prefix, header);
      const totalBytes = front.length + plaintext.length + suite.tagBytes;
      if (into !== undefined && into.length < totalBytes) {
        throw new TypeError(`into: expected room for ${totalBytes} bytes, got ${into.length}`);
      }
      nextCounter = nextUint64(ctr);
      const nonce = formNonce(salt, ctr);
      const sealed = await aead.seal(nonce, formAad(header, metadata), plaintext);
      const value = putInFront(front, sealed, into?.subarray(0, totalBytes));
      return { ok: true, value };
    },
  };
}

/**
 * Returns front ‖ sealed: in `room`, which is of just that size, or in the memory of `sealed`, which is
 * detached.
 */
function putInFront(
  front: Uint8Array,
  sealed: ArrayBuffer,
  room: Uint8Array<ArrayBuffer> | undefined,
): Uint8Array<ArrayBuffer> {
  // Growing spares what a new buffer costs beyond its copy: being cleared first.
  const whole = room ?? new Uint8Array(sealed.transfer(front.length + sealed.byteLength));
  if (room !== undefined) whole.set(new Uint8Array(sealed));
  // Moved along in a step of its own: a copy from one buffer to another that is aligned differently, as
  // behind a header, is several times slower on some processors.
  whole.copyWithin(front.length, 0);
  whole.set(front);
  return whole;
}
