import { describe, expect, it } from "vitest";
import { readRemoteDescription } from "../../../web/core/negotiation/remote-description.ts";
import {
  HEADER_EXTENSIONS,
  hasOnlyListedExtensions,
} from "../../../web/core/negotiation/sdp-extensions.ts";
import {
  fingerprintBytes,
  hasOnlyFingerprint,
} from "../../../web/core/negotiation/sdp-fingerprint.ts";
import { joinSdp, splitSdp } from "../../../web/core/negotiation/sdp-sections.ts";
import { trimSdp } from "../../../web/core/negotiation/sdp-trim.ts";
import { chromiumAnswer, chromiumOffer } from "./fixtures/chromium-sdp.ts";
import { firefoxAnswer, firefoxOffer, firefoxOfferWithOrphans } from "./fixtures/firefox-sdp.ts";

const DESCRIPTIONS = [
  ["Chromium's offer", chromiumOffer],
  ["Chromium's answer", chromiumAnswer],
  ["Firefox's offer", firefoxOffer],
  ["Firefox's answer", firefoxAnswer],
  ["Firefox's offer with orphans", firefoxOfferWithOrphans],
] as const;
const CODECS = ["VP9", "VP8"] as const;
const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

function statedFingerprint(sdp: string): Uint8Array<ArrayBuffer> {
  const value = /a=fingerprint:sha-256 (\S+)/.exec(sdp)?.[1] ?? "";
  const bytes = fingerprintBytes("sha-256", value);
  if (bytes === undefined) throw new Error("the fixture states no fingerprint");
  return bytes;
}

describe.each(DESCRIPTIONS)("%s", (_, sdp) => {
  const trimmed = trimSdp(sdp, CODECS);
  const lines = trimmed.split("\r\n");

  it("is the same text when split and joined", () => {
    expect(joinSdp(splitSdp(sdp))).toBe(sdp);
  });

  it("is at most 3 KB once trimmed, and trimming again changes nothing", () => {
    expect(trimmed.length).toBeLessThanOrEqual(3072);
    expect(trimSdp(trimmed, CODECS)).toBe(trimmed);
  });

  it("keeps Opus, VP9, VP8 and their retransmission, and no other codec", () => {
    const codecs = lines.flatMap((line) => /^a=rtpmap:\d+ ([^/]+)/.exec(line)?.[1] ?? []);
    expect(new Set(codecs)).toEqual(new Set(["opus", "VP9", "VP8", "rtx"]));
    expect(codecs.filter((codec) => codec === "VP9")).toHaveLength(1);
  });

  it("says of every payload type only what is in its m-line", () => {
    for (const section of splitSdp(trimmed).media) {
      const types = section[0]?.split(" ").slice(3) ?? [];
      const stated = section.flatMap(
        (line) => /^a=(?:rtpmap|rtcp-fb|fmtp):(\d+)/.exec(line)?.[1] ?? [],
      );
      expect(types).toEqual(expect.arrayContaining(stated));
      for (const type of types.filter((value) => /^\d+$/.test(value)))
        expect(stated).toContain(type);
    }
  });

  it("asks for constant bitrate without silence suppression", () => {
    const opus = lines.filter((line) => /^a=fmtp:\d+ .*useinbandfec/.test(line));
    expect(opus).toHaveLength(1);
    expect(opus[0]).toMatch(/useinbandfec=1;usedtx=0;cbr=1;/);
    expect(trimmed).not.toMatch(/stereo|RED|\bred\b/);
  });

  it("[NEG-4] offers no header extension outside the list once trimmed, and did before", () => {
    expect(hasOnlyListedExtensions(sdp)).toBe(false);
    expect(hasOnlyListedExtensions(trimmed)).toBe(true);
    expect(trimmed).toContain("urn:ietf:params:rtp-hdrext:sdes:mid");
  });

  it("is taken from the peer whose certificate it states, and from no other", () => {
    const fingerprint = statedFingerprint(sdp);
    const expected = { fingerprint, videoCodecs: CODECS };
    expect(readRemoteDescription(trimmed, expected)).toEqual({ ok: true, value: trimmed });
    const other = fingerprint.with(31, (fingerprint[31] ?? 0) ^ 1);
    expect(readRemoteDescription(trimmed, { ...expected, fingerprint: other })).toMatchObject({
      error: { code: "fingerprint-mismatch" },
    });
  });
});

describe("a fingerprint", () => {
  const fingerprint = statedFingerprint(chromiumOffer);
  const line = /a=fingerprint:.*/.exec(chromiumOffer)?.[0] ?? "";
  const foreign = line.replace(/..$/, (pair) => (pair === "00" ? "01" : "00"));

  it("[NEG-3] counts at the session for all sections", () => {
    expect(hasOnlyFingerprint(firefoxOffer, statedFingerprint(firefoxOffer))).toBe(true);
  });

  it.each([
    ["is missing", chromiumOffer.replaceAll(`${line}\r\n`, "")],
    ["is missing in one section", chromiumOffer.replace(`${line}\r\n`, "")],
    ["is a foreign one in one section", chromiumOffer.replace(line, foreign)],
    ["is followed by a foreign one", chromiumOffer.replace(line, `${line}\r\n${foreign}`)],
    [
      "is joined by a foreign one at the session",
      chromiumOffer.replace("t=0 0", `t=0 0\r\n${foreign}`),
    ],
    ["is a foreign one in capitals", chromiumOffer.replace(line, foreign.replace("a=f", "a=F"))],
    ["is of another hash", chromiumOffer.replaceAll("sha-256", "sha-1")],
    [
      "is joined by one of another hash",
      chromiumOffer.replace(line, `${line}\r\na=fingerprint:sha-1 00:11`),
    ],
    ["is cut", chromiumOffer.replaceAll(line, line.slice(0, -3))],
  ])("[NEG-3] that %s is refused", (_, sdp) => {
    expect(hasOnlyFingerprint(sdp, fingerprint)).toBe(false);
  });

  it("[NEG-3] is needed even where nothing is described", () => {
    expect(hasOnlyFingerprint("v=0\r\n", fingerprint)).toBe(false);
  });

  it("is read in either case", () => {
    const lower = line.replace(/[0-9A-F:]{95}/, (hex) => hex.toLowerCase());
    expect(hasOnlyFingerprint(chromiumOffer.replaceAll(line, lower), fingerprint)).toBe(true);
  });
});

describe("a remote description", () => {
  const expected = { fingerprint: statedFingerprint(chromiumOffer), videoCodecs: CODECS };
  const trimmed = trimSdp(chromiumOffer, CODECS);
  const codeOf = (sdp: string) => {
    const read = readRemoteDescription(sdp, expected);
    return read.ok ? "taken" : read.error.code;
  };

  it.each([
    ["audio levels", `a=extmap:1 ${LEVEL}`],
    ["audio levels one way", `a=extmap:1/sendonly ${LEVEL}`],
    ["audio levels with attributes", `a=extmap:1 ${LEVEL} vad=on`],
    ["an extension nobody knows", "a=extmap:9 urn:example:unknown"],
    ["an extension in a line that can't be read", "a=extmap:one urn:example:unknown"],
  ])("[NEG-4] with %s is refused", (_, line) => {
    expect(codeOf(trimmed.replace("a=mid:0", `a=mid:0\r\n${line}`))).toBe(
      "header-extension-foreign",
    );
  });

  it.each([...HEADER_EXTENSIONS])("[NEG-4] with %s is taken", (uri) => {
    expect(codeOf(trimmed.replace("a=mid:1", `a=mid:1\r\na=extmap:14 ${uri}`))).toBe("taken");
  });

  it.each([
    ["a section more", `${trimmed}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`],
    ["a section less", trimmed.slice(0, trimmed.indexOf("m=application"))],
    ["no section", "v=0\r\n"],
    ["sections in another order", trimmed.replace("m=audio", "m=video")],
    ["no end", trimmed + "a=x\r\n".repeat(5000)],
  ])("with %s is malformed", (_, sdp) => {
    expect(codeOf(sdp)).toBe("description-malformed");
  });

  it("can't make our sender vary its bitrate", () => {
    const asked = trimmed.replace("usedtx=0;cbr=1", "usedtx=1;cbr=0;stereo=1");
    expect(readRemoteDescription(asked, expected)).toEqual({ ok: true, value: trimmed });
  });

  it("can't make our sender use a codec that is not sealed here", () => {
    const read = readRemoteDescription(chromiumAnswerTrimmedButCodecs(), {
      fingerprint: statedFingerprint(chromiumAnswer),
      videoCodecs: ["VP8"],
    });
    expect(read.ok && /H264|AV1|VP9/.test(read.value)).toBe(false);
    expect(read.ok && read.value).toContain("VP8");
  });
});

const chromiumAnswerTrimmedButCodecs = (): string =>
  chromiumAnswer
    .split("\r\n")
    .filter((line) => hasOnlyListedExtensions(line))
    .join("\r\n");

describe("AV1", () => {
  it("is kept where it is asked for, with its dependency descriptor", () => {
    const uri =
      "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
    const offer = chromiumOffer.replace("a=mid:1", `a=mid:1\r\na=extmap:12 ${uri}`);
    const trimmed = trimSdp(offer, ["AV1", "VP9", "VP8"]);
    expect(trimmed).toMatch(/a=rtpmap:\d+ AV1/);
    expect(trimmed).toContain(uri);
    // The 4:4:4 profile is another payload type.
    expect(trimmed.match(/ AV1\//g)).toHaveLength(1);
  });
});
