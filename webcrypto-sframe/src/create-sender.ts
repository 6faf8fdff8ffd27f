import { importAead } from "./aead.ts";
import { requireBytes, requireInteger } from "./arguments.ts";
import { type BaseKey, importBaseKey } from "./base-key.ts";
import { type CipherSuite, suiteParameters } from "./cipher-suite.ts";
import { deriveKeyAndSalt } from "./derive-key-and-salt.ts";
import { buildHeader } from "./encode-header.ts";
import type { EncryptFailure } from "./failure.ts";
import { formAad } from "./form-aad.ts";
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

/** Seals frames under one key and KID, and owns their counter. */
export type SframeSender = {
  readonly kid: Uint64;

  /** The counter the next frame will carry; `undefined` once 2^64 - 1 is used. */
  readonly nextCounter: Uint64 | undefined;

  /**
   * Encrypts one frame (RFC 9605 §4.4.3): header ‖ ciphertext ‖ tag, in a buffer of exactly that size.
   *
   * The counter is taken before this returns its promise, in the order of the calls, so any number of
   * frames may be in flight. A counter once taken is never used again, even where the encryption
   * fails. Both arguments are read before this returns. `metadata` is authenticated and not sent.
   *
   * Failures: `sframe-counter-exhausted`, `sframe-frame-oversize`.
   */
  encrypt(
    plaintext: Uint8Array<ArrayBuffer>,
    options?: { readonly metadata?: Uint8Array },
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
      if (metadata !== undefined) requireBytes(metadata, "metadata");
      const ctr = nextCounter;
      if (ctr === undefined) return { ok: false, error: { code: "sframe-counter-exhausted" } };
      const header = buildHeader(kid, ctr);
      const sizeBytes = header.length + plaintext.length + suite.tagBytes;
      if (sizeBytes > maxFrameBytes) return refuseOversize(sizeBytes, maxFrameBytes);
      nextCounter = nextUint64(ctr);
      const nonce = formNonce(salt, ctr);
      const sealed = await aead.seal(nonce, formAad(header, metadata), plaintext);
      const value = new Uint8Array(header.length + sealed.byteLength);
      value.set(header);
      value.set(new Uint8Array(sealed), header.length);
      return { ok: true, value };
    },
  };
}
