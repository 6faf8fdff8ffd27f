import { fromBase64Url, toBase64Url } from "./bytes.ts";
import { delegationCodec } from "./delegation.ts";
import { bytesOf, field, type FieldValues, recordCodec, recordField } from "./fields.ts";

/** Bytes of an Ed25519 seed (RFC 8032 §5.1.5). */
const SEED_BYTES = 32;
/** Longer than any record below in base64url. */
const MOST_CHARS = 512;

const hostLinkShape = {
  /** The private key that the delegation is for. */
  seed: field(1, bytesOf(SEED_BYTES)),
  delegation: recordField(2, delegationCodec),
} as const;
/** What a host link carries besides the secret: a key, and the host's word for it. SPEC HOST-5. */
export type HostLink = FieldValues<typeof hostLinkShape>;
const hostLinkCodec = recordCodec(hostLinkShape);

export const encodeHostLink = (link: HostLink): string => toBase64Url(hostLinkCodec.encode(link));

/** Reads the text behind the `~` of a host link; `undefined` for anything cut or altered. */
export function decodeHostLink(text: string): HostLink | undefined {
  const bytes = text.length > MOST_CHARS ? undefined : fromBase64Url(text);
  const read = bytes === undefined ? undefined : hostLinkCodec.decode(bytes);
  return read?.ok === true ? read.value : undefined;
}
