import { readRemoteDescription } from "../../../web/core/negotiation/remote-description.ts";
import { HEADER_EXTENSIONS } from "../../../web/core/negotiation/sdp-extensions.ts";
import { fingerprintBytes } from "../../../web/core/negotiation/sdp-fingerprint.ts";
import { statedRole, withRole } from "../../../web/core/negotiation/sdp-setup.ts";
import { trimSdp } from "../../../web/core/negotiation/sdp-trim.ts";
import { chromiumAnswer, chromiumOffer } from "../../unit/negotiation/fixtures/chromium-sdp.ts";
import {
  firefoxAnswer,
  firefoxOffer,
  firefoxOfferWithOrphans,
} from "../../unit/negotiation/fixtures/firefox-sdp.ts";
import { ACCEPTED, fuzzClass, must } from "../fuzz-class.ts";
import { mutateText } from "../mutate.ts";
import type { Random } from "../random.ts";

const FIXTURES = [
  chromiumOffer,
  chromiumAnswer,
  firefoxOffer,
  firefoxAnswer,
  firefoxOfferWithOrphans,
] as const;
const CODECS = ["VP9", "VP8"] as const;
const FOREIGN = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`;
const LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/** Lines that would say what must not be said, in the spellings that some reader may take. */
const LINES = [
  FOREIGN,
  FOREIGN.toUpperCase(),
  `a=x\r${FOREIGN}`,
  `a=x\0${FOREIGN}`,
  `a=extmap:14 ${LEVEL}`,
  `a=EXTMAP:14 ${LEVEL}`,
  `a=extmap:14/sendrecv\t${LEVEL}`,
  "a=fmtp:111 usedtx=1;cbr=0",
  "a=fmtp:111\tusedtx=1;cbr=0",
  "a=fmtp:109  usedtx=1",
  "a=FMTP:109 usedtx=1",
  "a=fmtp: 109 usedtx=1",
  "a=fmtp:* usedtx=1",
  "a=rtpmap:111 PCMU/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtcp-fb:* nack",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8",
  "m=video 9 UDP/TLS/RTP/SAVPF 98 96 98 96",
  "M=video 9 UDP/TLS/RTP/SAVPF 98",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=setup:holdconn",
  "a=ssrc:1 msid:x y",
];
const WORDS = [
  ...LINES,
  "\r",
  "\n",
  "\t",
  " ",
  "a=",
  "m=",
  "111",
  "98",
  "VP9",
  "opus",
  ":",
  ";apt=98",
  "profile-id=2",
];

function changeLines(random: Random, sdp: string): string {
  const lines = sdp.split("\r\n");
  for (let changes = 1 + random.below(5); changes > 0; changes -= 1) {
    const at = random.below(lines.length);
    const line = lines[at] ?? "";
    const other = random.below(lines.length);
    const how = random.below(5);
    if (how < 2) lines.splice(at, 0, random.pick(LINES));
    else if (how === 2) lines.splice(at, 1);
    else if (how === 3) lines.splice(other, 0, line);
    else lines[at] = mutateText(random, line, WORDS);
  }
  return lines.join(random.pick(["\r\n", "\r\n", "\n", "\r"]));
}

/** A description of many lines or many payload types: what costs a trimmer most. */
function heavySdp(random: Random, sdp: string): string {
  const line = `${random.pick([...LINES, "a=x", ""])}\n`;
  const types = ` ${random.pick(["111", "98", "7"])}`.repeat(random.pick([0, 1_000, 4_000]));
  const heavy = line.repeat(random.pick([0, 300, 1_500, 10_000]));
  const sections = sdp.split("m=");
  const at = 1 + random.below(sections.length - 1);
  sections[at] = (sections[at] ?? "").replace("\r\n", `${types}\r\n${heavy}`);
  return sections.join("m=");
}

/** What holds of whatever a browser is given, checked without our own readers. */
function checkGiven(given: string, fingerprint: string): void {
  const lines = given.split("\r\n");
  must(lines.pop() === "", "the last line has no end");
  must(
    lines.every((line) => /^[a-z]=[ -~]*$/.test(line)),
    "a line that readers read unlike",
  );
  const attributes = lines.filter((line) => line.startsWith("a="));
  must(
    attributes.every((line) => /^a=[a-z\d-]+(?::|$)/.test(line)),
    "a name that readers read unlike",
  );
  const kinds = lines.flatMap((line) => /^m=(\S+)/.exec(line)?.[1] ?? []);
  must(kinds.join() === "audio,video,application", "other sections");
  const prints = attributes.filter((line) => line.startsWith("a=fingerprint:"));
  must(
    prints.length > 0 && prints.every((line) => line.toUpperCase() === fingerprint),
    "a foreign certificate",
  );
  for (const line of attributes.filter((one) => one.startsWith("a=extmap:")))
    must(HEADER_EXTENSIONS.has(line.split(" ")[1] ?? ""), "a foreign header extension");
  const sections = given.split(/^m=/m).slice(1);
  for (const section of sections.slice(0, 2)) checkSection(section);
}

function checkSection(section: string): void {
  const [first = "", ...lines] = section.split("\r\n");
  const types = first.split(" ").slice(3);
  const codecOf = new Map<string, string>();
  for (const line of lines) {
    const stated = /^a=(rtpmap|fmtp|rtcp-fb):(.*)$/.exec(line);
    if (stated === null) continue;
    const [, name, value = ""] = stated;
    const [type = "", ...rest] = value.split(" ");
    must(types.includes(type), `${name} of a type that is not offered`);
    if (name === "rtpmap") codecOf.set(type, (rest[0]?.split("/")[0] ?? "").toUpperCase());
    if (name === "fmtp" && first.startsWith("audio"))
      must(/;usedtx=0;cbr=1;/.test(rest.join(" ")), "sound whose size varies");
  }
  const allowed = first.startsWith("audio") ? ["OPUS"] : [...CODECS, "RTX"];
  for (const type of types) must(allowed.includes(codecOf.get(type) ?? ""), "a foreign codec");
}

/** A peer's session description, before a browser sees it. */
export const sdp = fuzzClass({
  name: "sdp",
  rules: "NEG-3, NEG-4, NEG-5",
  about:
    "Descriptions of Chromium and Firefox: lines added, moved, respelled; up to 10,000 lines and 4,000 payload types",
  casesInMillion: 80_000,
  prepare: async () => {
    const fixtures = FIXTURES.map((text) => {
      const trimmed = trimSdp(text, CODECS);
      const stated = /a=fingerprint:sha-256 \S+/.exec(text)?.[0] ?? "";
      const fingerprint = fingerprintBytes("sha-256", stated.split(" ")[1] ?? "");
      if (fingerprint === undefined) throw new TypeError("the fixture states no fingerprint");
      return { text, trimmed, stated: stated.toUpperCase(), fingerprint };
    });
    return {
      make: (random) => {
        const index = random.below(fixtures.length);
        const { text, trimmed } = fixtures[index] ?? random.pick(fixtures);
        const seed = random.chance(0.6) ? trimmed : text;
        if (random.chance(0.02)) return { index, text: seed };
        if (random.chance(0.01)) return { index, text: heavySdp(random, seed) };
        const change = random.chance(0.7) ? changeLines : mutateSdp;
        return { index, text: change(random, seed) };
      },
      check: ({ index, text }) => {
        const { fingerprint, stated } = fixtures[index] ?? {
          fingerprint: new Uint8Array(),
          stated: "",
        };
        // Trimmed before it is sent, too: what a browser of ours says may be of any size.
        trimSdp(text, CODECS);
        withRole(text, statedRole(text));
        const expected = { fingerprint, videoCodecs: CODECS };
        const read = readRemoteDescription(text, expected);
        if (!read.ok) return read.error.code;
        checkGiven(read.value, stated);
        const again = readRemoteDescription(read.value, expected);
        must(again.ok && again.value === read.value, "read again it is another description");
        return ACCEPTED;
      },
    };
  },
});

const mutateSdp = (random: Random, text: string): string => mutateText(random, text, WORDS);
