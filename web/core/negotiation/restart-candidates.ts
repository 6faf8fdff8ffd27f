import { joinSdp, splitSdp } from "./sdp-sections.ts";

/** A candidate that connects and is never connected to (RFC 6544 §4.5), at an address for documents (RFC 5737): nothing is ever sent to it. */
const PLACEHOLDER = "a=candidate:0 1 tcp 1 192.0.2.1 9 typ host tcptype active";

/**
 * A peer's description that restarts ICE, with a first candidate of the new generation in it.
 *
 * Chromium 156 forgets the peer's old candidates when the first new one arrives, and until then pairs its new ports
 * with them. Firefox goes on answering on the old ones; Chromium then keeps to a pair that Firefox no longer reads.
 */
export function withoutOldCandidates(sdp: string): string {
  const { session, media } = splitSdp(sdp);
  // All sections are bundled: the first one's candidates are everybody's (RFC 9143 §7.1).
  const [first = [], ...others] = media;
  return joinSdp({ session, media: [[...first, PLACEHOLDER], ...others] });
}
