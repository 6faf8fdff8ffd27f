import { equalBytes } from "../../../protocol/bytes.ts";
import { splitSdp } from "./sdp-sections.ts";

const PREFIX = /^a=fingerprint:/i;

function readFingerprint(line: string): Uint8Array<ArrayBuffer> | undefined {
  const hex = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(line)?.[1];
  return hex === undefined
    ? undefined
    : Uint8Array.from(hex.split(":"), (pair) => Number.parseInt(pair, 16));
}

/**
 * True when every `a=fingerprint` (RFC 8122) is sha-256 and equals `expected`, and no m-section is without one.
 *
 * One certificate serves the whole connection, so a second, different one is somebody else's. SPEC NEG-3.
 */
export function hasOnlyFingerprint(sdp: string, expected: Uint8Array): boolean {
  const { session, media } = splitSdp(sdp);
  const stated = [...session, ...media.flat()].filter((line) => PREFIX.test(line));
  const allEqual = stated.every((line) => {
    const bytes = readFingerprint(line);
    return bytes !== undefined && equalBytes(bytes, expected);
  });
  const isCovered = (lines: readonly string[]) => lines.some((line) => PREFIX.test(line));
  return allEqual && stated.length > 0 && (isCovered(session) || media.every(isCovered));
}

/** `AB:CD:…`, as RTCCertificate.getFingerprints writes it, read as bytes; `undefined` for another algorithm or length. */
export const fingerprintBytes = (
  algorithm: string,
  value: string,
): Uint8Array<ArrayBuffer> | undefined => readFingerprint(`a=fingerprint:${algorithm} ${value}`);
