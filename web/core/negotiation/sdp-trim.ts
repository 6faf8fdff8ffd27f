import { extensionUri, HEADER_EXTENSIONS } from "./sdp-extensions.ts";
import { joinSdp, mediaKind, splitSdp } from "./sdp-sections.ts";

/** Codecs whose frames can be sealed (SPEC FRAME-2) in order of preference. */
export type VideoCodec = "VP9" | "VP8" | "AV1";

/**
 * What is asked of the one who sends to us, and forced on what a peer asks of us: constant bitrate
 * and no silence suppression, since the sizes of sealed packets would else tell speech from silence.
 */
const OPUS_PARAMETERS = "minptime=10;useinbandfec=1;usedtx=0;cbr=1;maxaveragebitrate=32000";

/**
 * A description with what this call uses and no more: about 2 KB instead of 5 to 10.
 *
 * Keeps Opus, the given video codecs with their retransmission (RFC 4588), and the header extensions of SPEC NEG-4.
 * Used on what is sent, and on what is received before the browser sees it.
 */
export function trimSdp(sdp: string, codecs: readonly VideoCodec[]): string {
  const { session, media } = splitSdp(sdp);
  return joinSdp({
    session: session.filter(isWanted),
    media: media.map((section) => trimSection(section, codecs)),
  });
}

function isWanted(line: string): boolean {
  const uri = extensionUri(line);
  if (uri !== undefined) return HEADER_EXTENSIONS.has(uri);
  // The msid of an ssrc repeats `a=msid` for a dialect no browser here speaks.
  return !/^a=ssrc:\d+ msid:/.test(line);
}

function trimSection(section: readonly string[], codecs: readonly VideoCodec[]): readonly string[] {
  const kind = mediaKind(section);
  if (kind !== "audio" && kind !== "video") return section;
  const kept = new Set(kind === "audio" ? opusPayloads(section) : videoPayloads(section, codecs));
  const stated = new Set<string>();
  const lines = section.filter((line) => {
    const [name] = /^a=(?:rtpmap|fmtp|rtcp-fb):/.exec(line) ?? [];
    if (name === undefined) return isWanted(line);
    // Firefox leaves feedback lines of codecs it no longer offers; Chromium then refuses it all.
    const type = payloadOf(line);
    if (type === undefined || !kept.has(type)) return false;
    // What was judged is the first that is said of a type: a browser might go by the last.
    const isSecond = name !== "a=rtcp-fb:" && stated.has(name + type);
    stated.add(name + type);
    return !isSecond;
  });
  const trimmed = lines.map((line) =>
    line.startsWith("m=") ? [...line.split(" ").slice(0, 3), ...kept].join(" ") : line,
  );
  return kind === "audio" ? withOpusParameters(trimmed) : trimmed;
}

/** The payload type that an attribute of one is about (RFC 8866 §6.6, §6.15; RFC 4585 §4.2). */
const payloadOf = (line: string): string | undefined =>
  /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];

function withOpusParameters(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => !line.startsWith("a=fmtp:"))
    .flatMap((line) =>
      line.startsWith("a=rtpmap:")
        ? [line, `a=fmtp:${payloadOf(line) ?? ""} ${OPUS_PARAMETERS}`]
        : [line],
    );
}

type Payload = { readonly type: string; readonly codec: string; readonly parameters: string };

/** In the order of the m-line, which is the order of preference. Each line is looked at once: a peer chooses how many there are. */
function payloadsOf(section: readonly string[]): readonly Payload[] {
  const codecs = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const line of section) {
    const type = payloadOf(line);
    const known = line.startsWith("a=rtpmap:") ? codecs : parameters;
    if (type === undefined || line.startsWith("a=rtcp-fb:") || known.has(type)) continue;
    known.set(type, line.slice(line.indexOf(" ") + 1));
  }
  const types = new Set((section[0] ?? "").split(" ").slice(3));
  return [...types].map((type) => ({
    type,
    codec: (codecs.get(type)?.split("/")[0] ?? "").toUpperCase(),
    parameters: parameters.get(type) ?? "",
  }));
}

const opusPayloads = (section: readonly string[]): readonly string[] =>
  payloadsOf(section)
    .filter(({ codec }) => codec === "OPUS")
    .map(({ type }) => type);

function videoPayloads(
  section: readonly string[],
  codecs: readonly VideoCodec[],
): readonly string[] {
  const payloads = payloadsOf(section);
  const isWantedCodec = ({ codec, parameters }: Payload) =>
    codecs.some((name) => name === codec) &&
    // Other profiles are for colour depths that no camera here gives.
    !/(?:^|;)\s*profile(?:-id)?=[^0]/.test(parameters);
  const media = new Set(payloads.filter(isWantedCodec).map(({ type }) => type));
  const isRetransmission = ({ codec, parameters }: Payload) =>
    codec === "RTX" && media.has(/(?:^|;)\s*apt=(\d+)/.exec(parameters)?.[1] ?? "");
  return payloads
    .filter((payload) => media.has(payload.type) || isRetransmission(payload))
    .map(({ type }) => type);
}
