import { describe, expect, it } from "vitest";
import { readCandidate } from "../../../web/core/negotiation/candidate-lines.ts";
import { readRemoteDescription } from "../../../web/core/negotiation/remote-description.ts";
import { fingerprintBytes } from "../../../web/core/negotiation/sdp-fingerprint.ts";
import { trimSdp } from "../../../web/core/negotiation/sdp-trim.ts";
import { chromiumOffer } from "../../unit/negotiation/fixtures/chromium-sdp.ts";

const CODECS = ["VP9", "VP8"] as const;
const offer = trimSdp(chromiumOffer, CODECS);
const stated = /a=fingerprint:sha-256 (\S+)/.exec(offer)?.[1] ?? "";
const fingerprint = fingerprintBytes("sha-256", stated) ?? new Uint8Array();
const read = (sdp: string) => readRemoteDescription(sdp, { fingerprint, videoCodecs: CODECS });
/** The offer with a line behind the first that starts with `after`. */
const withLine = (line: string, after: string) =>
  offer.replace(new RegExp(`^${after}.*\\r\\n`, "m"), (found) => `${found}${line}\r\n`);
const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const FOREIGN = `a=fingerprint:sha-256 ${stated.replaceAll(/\w/g, "A")}`;

describe("found by fuzzing: descriptions", () => {
  it.each([
    ["a carriage return", `a=x\r${FOREIGN}`],
    ["a NUL", `a=x\0${FOREIGN}`],
    ["a line separator of Unicode", "a=rtpmap:111\u2028opus/48000/2"],
    ["a tab for the space", "a=fmtp:111\tusedtx=1;cbr=0"],
    ["an attribute in capitals", `a=EXTMAP:14 ${LEVEL}`],
    ["parameters in capitals", "a=FMTP:111 usedtx=1;cbr=0"],
    ["a line that is none", "something"],
    ["a section in capitals", "M=video 9 UDP/TLS/RTP/SAVPF 98"],
  ])("[NEG-3, NEG-4, NEG-5] %s, which browsers read differently, is not let in", (_, line) => {
    expect(read(offer).ok).toBe(true);
    expect(read(withLine(line, "a=rtpmap:111"))).toEqual({
      ok: false,
      error: { code: "description-malformed" },
    });
  });

  it.each(["a=fmtp: 111 usedtx=1", "a=fmtp:* usedtx=1", "a=rtcp-fb:* nack"])(
    "[NEG-5] what is said of no payload type goes: %s",
    (line) => {
      expect(read(withLine(line, "a=rtpmap:111"))).toEqual({ ok: true, value: offer });
    },
  );

  it.each([
    ["a=rtpmap:111 PCMU/8000", "a=rtpmap:111"],
    ["a=rtpmap:98 H264/90000", "a=rtpmap:98"],
    ["a=fmtp:98 profile-id=2", "a=fmtp:98"],
  ])(
    "[NEG-5] of two things said of one payload type the second, not judged, goes: %s",
    (line, after) => {
      expect(read(withLine(line, after))).toEqual({ ok: true, value: offer });
    },
  );

  it("[NEG-5] a payload type named thousands of times is named once: it took 437 ms", () => {
    const many = offer.replace(/^(m=audio .*)\r$/m, `$1${" 111".repeat(3_000)}\r`);
    expect(many.length).toBeGreaterThan(12_000);
    expect(read(many)).toEqual({ ok: true, value: offer });
  });
});

describe("found by fuzzing: candidates", () => {
  const candidate = "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host";
  it.each([
    ["a carriage return", `${candidate}\ra=x\n0`],
    ["a NUL", `${candidate}\0\n0`],
    ["a byte order mark", `${candidate}\ufeff\n0`],
    ["a tab in the section's name", `${candidate}\n0\t`],
  ])("[NEG-5] one with %s is none", (_, line) => {
    expect(readCandidate(`${candidate}\n0`)).toBeDefined();
    expect(readCandidate(line)).toBeUndefined();
  });
});
