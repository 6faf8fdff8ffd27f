import { LIMITS } from "../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { LinkFailureCode } from "../peer-link.ts";
import { hasOnlyListedExtensions } from "./sdp-extensions.ts";
import { hasOnlyFingerprint } from "./sdp-fingerprint.ts";
import { mediaKind, splitSdp } from "./sdp-sections.ts";
import { trimSdp, type VideoCodec } from "./sdp-trim.ts";

/** The m-sections of every description: one per stream of a link, then the data channel. */
const SECTIONS = ["audio", "video", "application"];

/**
 * Judges a peer's description before the browser may see it, and answers the form the browser is given.
 *
 * `fingerprint-mismatch`: not the certificate of the peer's leaf (NEG-3); `header-extension-foreign`: NEG-4;
 * `description-malformed`: not exactly one audio, one video and one data section, or too large.
 */
export function readRemoteDescription(
  sdp: string,
  expected: {
    readonly fingerprint: Uint8Array;
    readonly videoCodecs: readonly VideoCodec[];
  },
): Result<string, { readonly code: LinkFailureCode }> {
  if (sdp.length > LIMITS.signalBytes) return fail("description-malformed");
  const kinds = splitSdp(sdp).media.map(mediaKind);
  // A further section would be a stream without a transform.
  if (kinds.join() !== SECTIONS.join()) return fail("description-malformed");
  if (!hasOnlyFingerprint(sdp, expected.fingerprint)) return fail("fingerprint-mismatch");
  if (!hasOnlyListedExtensions(sdp)) return fail("header-extension-foreign");
  return ok(trimSdp(sdp, expected.videoCodecs));
}
