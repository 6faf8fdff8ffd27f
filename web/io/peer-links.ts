import { fail, ok, type Result } from "../../protocol/result.ts";
import type { Clock } from "../core/clock.ts";
import type { FrameTransforms } from "../core/frame-transforms.ts";
import { fingerprintBytes } from "../core/negotiation/sdp-fingerprint.ts";
import type { VideoCodec } from "../core/negotiation/sdp-trim.ts";
import type { PeerLinks } from "../core/peer-link.ts";
import { openPeerLink } from "./peer-link.ts";

const ECDSA_P256 = { name: "ECDSA", namedCurve: "P-256" };

/**
 * The session's WebRTC: makes the one ECDSA P-256 certificate that every link presents.
 *
 * `transform-unavailable`: this browser can't seal frames, and nothing is ever sent unsealed.
 */
export async function createPeerLinks(session: {
  readonly transforms: FrameTransforms;
  readonly clock: Clock;
  /** Without AV1, which a link asks for by itself; VP9 then VP8 where left out. */
  readonly videoCodecs?: readonly VideoCodec[];
}): Promise<Result<PeerLinks, { readonly code: "webrtc-unavailable" | "transform-unavailable" }>> {
  // Some browsers are built, or set, without it.
  if (!("RTCPeerConnection" in globalThis)) return fail("webrtc-unavailable");
  if (!session.transforms.available) return fail("transform-unavailable");
  warmUp();
  const certificate = await RTCPeerConnection.generateCertificate(ECDSA_P256);
  const fingerprint = certificate
    .getFingerprints()
    .map(({ algorithm, value }) => fingerprintBytes(algorithm ?? "", value ?? ""))
    .find((bytes) => bytes !== undefined);
  if (fingerprint === undefined) return fail("webrtc-unavailable");
  const { transforms, clock, videoCodecs = ["VP9", "VP8"] } = session;
  return ok({
    fingerprint,
    open: (options) => openPeerLink({ certificate, transforms, clock, videoCodecs }, options),
  });
}

/** What a page's first offer takes, codecs to be found above all, is done before anybody waits for one. */
function warmUp(): void {
  const connection = new RTCPeerConnection();
  for (const kind of ["audio", "video"]) connection.addTransceiver(kind);
  const close = (): void => connection.close();
  connection.createOffer().then(close, close);
}
