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
 * A line that every reader reads alike (RFC 8866 §9): printable ASCII, for at other characters some end a
 * line, a string or a word; names of attributes in lower case, for some readers take them in any.
 */
const PLAIN_LINE = /^(?:a=[a-z][a-z\d-]*(?::[ -~]*)?|[b-z]=[ -~]*|)$/;

/**
 * Judges a peer's description before the browser may see it, and answers the form the browser is given.
 *
 * `fingerprint-mismatch`: not the certificate of the peer's leaf (NEG-3); `header-extension-foreign`: NEG-4;
 * `description-malformed`: not exactly one audio, one video and one data section, too large, or of lines
 * that browsers read differently.
 */
export function readRemoteDescription(
  sdp: string,
  expected: {
    readonly fingerprint: Uint8Array;
    readonly videoCodecs: readonly VideoCodec[];
  },
): Result<string, { readonly code: LinkFailureCode }> {
  if (sdp.length > LIMITS.signalBytes) return fail("description-malformed");
  if (!sdp.split(/\r\n|\n/).every((line) => PLAIN_LINE.test(line)))
    return fail("description-malformed");
  const kinds = splitSdp(sdp).media.map(mediaKind);
  // A further section would be a stream without a transform.
  if (kinds.join() !== SECTIONS.join()) return fail("description-malformed");
  if (!hasOnlyFingerprint(sdp, expected.fingerprint)) return fail("fingerprint-mismatch");
  if (!hasOnlyListedExtensions(sdp)) return fail("header-extension-foreign");
  return ok(trimSdp(sdp, expected.videoCodecs));
}
