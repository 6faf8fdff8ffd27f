import { concatBytes } from "./concat-bytes.ts";

/** The header, then the application's metadata (RFC 9605 §4.4.3). */
export function formAad(
  header: Uint8Array<ArrayBuffer>,
  metadata: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  if (metadata === undefined || metadata.length === 0) return header;
  return concatBytes(header, metadata);
}
