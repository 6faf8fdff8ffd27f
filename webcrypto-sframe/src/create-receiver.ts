import type { Aead } from "./aead.ts";
import { requireBytes, requireInteger } from "./arguments.ts";
import { type BaseKey, importBaseKey } from "./base-key.ts";
import { type CipherSuite, suiteParameters } from "./cipher-suite.ts";
import { decodeHeader } from "./decode-header.ts";
import { deriveKeyAndSalt } from "./derive-key-and-salt.ts";
import type { HeaderFields } from "./encode-header.ts";
import type { DecryptFailure } from "./failure.ts";
import { formAad } from "./form-aad.ts";
import { formNonce } from "./form-nonce.ts";
import { DEFAULT_MAX_FRAME_BYTES, refuseOversize } from "./frame-size.ts";
import { createReplayWindow, type ReplayWindow } from "./replay-window.ts";
import type { Result } from "./result.ts";
import { canonicalUint64, type Uint64 } from "./uint64.ts";
import { importAead } from "./import-aead.ts";

export type ReceiverOptions = {
  readonly cipherSuite: CipherSuite;
  /** How far behind the newest counter of its KID a frame may come; 1,024 by default. */
  readonly replayWindowSize?: number;
  /** The longest sealed frame, header and tag included; 16 MiB by default. */
  readonly maxFrameBytes?: number;
};

/** A frame that was opened: authentic, and never accepted before. */
export type DecryptedFrame = HeaderFields & { readonly plaintext: Uint8Array<ArrayBuffer> };

/** Opens the frames of one peer: keys by KID, with a replay window for each. */
export type SframeReceiver = {
  /**
   * Derives the key of one KID; `decrypt` knows it once this resolves.
   *
   * Throws a TypeError where the KID has a key, or is about to: replacing one is `removeKey` first.
   * Adding back a key that was removed also forgets which of its frames were accepted.
   */
  addKey(key: { readonly kid: Uint64; readonly baseKey: BaseKey }): Promise<void>;

  /** Forgets a key, at once: frames still in flight under it fail too. False where there was none. */
  removeKey(kid: Uint64): boolean;

  /** Whether frames with this KID can be opened now. */
  hasKey(kid: Uint64): boolean;

  /**
   * Decrypts one frame (RFC 9605 §4.4.4). `metadata` must equal what the sender passed.
   *
   * Any number of frames may be in flight, and each counter of a KID succeeds once: the window is
   * looked at before decryption and entered only after authentication. `frame` and `metadata` are read
   * before this returns.
   *
   * Failures: every code of `DecryptFailure`.
   */
  decrypt(
    frame: Uint8Array<ArrayBuffer>,
    options?: { readonly metadata?: Uint8Array },
  ): Promise<Result<DecryptedFrame, DecryptFailure>>;
};

type KeyEntry = {
  readonly window: ReplayWindow;
  /** Absent while the key is being derived. */
  opener?: { readonly aead: Aead; readonly salt: Uint8Array };
};

/**
 * Makes a receiver that has no key yet.
 *
 * Make one for each peer. A frame then counts as that peer's only because it opens under a KID that was
 * added for that peer.
 */
export function createReceiver({
  cipherSuite,
  replayWindowSize = 1024,
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES,
}: ReceiverOptions): SframeReceiver {
  const suite = suiteParameters(cipherSuite);
  requireInteger(replayWindowSize, "replayWindowSize", 1, 65_536);
  requireInteger(maxFrameBytes, "maxFrameBytes", 1, Number.MAX_SAFE_INTEGER);
  const entries = new Map<Uint64, KeyEntry>();

  return {
    async addKey({ kid: givenKid, baseKey }) {
      const kid = canonicalUint64(givenKid, "kid");
      if (entries.has(kid)) throw new TypeError(`kid: expected one without a key, got ${kid}`);
      // The place is taken before the first wait, so that two calls cannot both have it.
      const entry: KeyEntry = { window: createReplayWindow(replayWindowSize) };
      entries.set(kid, entry);
      try {
        const { key, salt } = await deriveKeyAndSalt(suite, await importBaseKey(baseKey), kid);
        entry.opener = { aead: await importAead(suite, key, "open"), salt };
      } catch (error) {
        // Removed and added anew meanwhile, the place is another call's.
        if (entries.get(kid) === entry) entries.delete(kid);
        throw error;
      }
    },

    removeKey(kid) {
      return entries.delete(canonicalUint64(kid, "kid"));
    },

    hasKey(kid) {
      return entries.get(canonicalUint64(kid, "kid"))?.opener !== undefined;
    },

    async decrypt(frame, options) {
      requireBytes(frame, "frame");
      const metadata = options?.metadata;
      if (metadata !== undefined) requireBytes(metadata, "metadata");
      if (frame.length > maxFrameBytes) return refuseOversize(frame.length, maxFrameBytes);
      const header = decodeHeader(frame);
      if (!header.ok) return header;
      const { kid, ctr, sizeBytes } = header.value;
      const entry = entries.get(kid);
      const opener = entry?.opener;
      if (entry === undefined || opener === undefined) return refuse("sframe-key-unknown");
      if (frame.length < sizeBytes + suite.tagBytes) {
        return { ok: false, error: { code: "sframe-frame-truncated" } };
      }
      const early = entry.window.check(ctr);
      if (early !== "fresh") return refuse(`sframe-counter-${early}`);

      const aad = formAad(frame.subarray(0, sizeBytes), metadata);
      const nonce = formNonce(opener.salt, ctr);
      const plaintext = await opener.aead.open(nonce, aad, frame.subarray(sizeBytes));
      if (plaintext === undefined) return refuse("sframe-authentication-failed");
      if (entries.get(kid) !== entry) return refuse("sframe-key-unknown");
      const verdict = entry.window.commit(ctr);
      if (verdict !== "fresh") return refuse(`sframe-counter-${verdict}`);
      return { ok: true, value: { kid, ctr, plaintext } };

      function refuse(code: Extract<DecryptFailure, { kid: Uint64 }>["code"]) {
        return { ok: false, error: { code, kid, ctr } } as const;
      }
    },
  };
}
