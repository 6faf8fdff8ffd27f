/** Tells a receiver of AV1 which frames it needs, without looking into them. */
export const DEPENDENCY_DESCRIPTOR =
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/**
 * The RTP header extensions that may be negotiated: SPEC NEG-4.
 *
 * SFrame does not cover header extensions, so anyone on the way reads them: audio levels, for one, which leak speech.
 */
export const HEADER_EXTENSIONS: ReadonlySet<string> = new Set([
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  DEPENDENCY_DESCRIPTOR,
]);

/** The URI of an `a=extmap` line (RFC 8285 §5); `undefined` for another line. */
export const extensionUri = (line: string): string | undefined =>
  /^a=extmap:\d+(?:\/\w+)? (\S+)/.exec(line)?.[1];

/** True when the description offers or accepts no header extension outside the list. */
export const hasOnlyListedExtensions = (sdp: string): boolean =>
  sdp.split(/\r\n|\n/).every((line) => {
    if (!line.startsWith("a=extmap:")) return true;
    const uri = extensionUri(line);
    return uri !== undefined && HEADER_EXTENSIONS.has(uri);
  });
