import * as v from "valibot";
import { concat, fromBase64Url, sha256, toBase64Url, utf8 } from "./bytes.ts";
import { isPlainText } from "./display-text.ts";
import { decodeHostLink, encodeHostLink, type HostLink } from "./host-link.ts";
import { type RoomId, roomIdSchema } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { fail, ok, type Result } from "./result.ts";

/** Bytes of the secret in a link's fragment. */
export const LINK_SECRET_BYTES = 16;
const SECRET_CHARS = 22;
const CHECK_CHARS = 2;

/** A room's link, read. `label` is for people only and never leaves the browser. */
export type RoomLink = {
  readonly roomId: RoomId;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly label: string | undefined;
  /** Only in a host link: SPEC HOST-5. */
  readonly hostLink?: HostLink | undefined;
};

/** Why a link can't be used, each with a sentence of its own in the app. */
export type LinkFailure = {
  readonly code:
    | "link-not-a-room"
    | "link-room-malformed"
    | "link-secret-missing"
    | "link-cut"
    | "link-altered"
    | "link-host-part-altered"
    | "link-label-malformed";
};

/** `/r/<roomId>#<secret><check>[~<host part>][/<label>]`, to be put behind an origin. SPEC LINK-1. */
export async function formatLink(link: RoomLink): Promise<string> {
  const secret = toBase64Url(link.secret);
  const label =
    link.label === undefined || link.label === "" ? "" : `/${encodeURIComponent(link.label)}`;
  const host = link.hostLink === undefined ? "" : `~${encodeHostLink(link.hostLink)}`;
  return `/r/${link.roomId}#${secret}${await checkOf(link.roomId, link.secret)}${host}${label}`;
}

/**
 * Reads path and fragment of a link; no request is needed to tell what is wrong with it. SPEC LINK-2…LINK-6, LINK-8.
 *
 * `path` starts with `/r/`; `fragment` may carry its leading `#`.
 */
export async function parseLink(
  path: string,
  fragment: string,
): Promise<Result<RoomLink, LinkFailure>> {
  const room = /^\/r\/([^/?#]*)\/?$/.exec(path);
  if (room === null) return fail("link-not-a-room");
  const roomId = v.safeParse(roomIdSchema, room[1]);
  if (!roomId.success) return fail("link-room-malformed");
  const text = fragment.startsWith("#") ? fragment.slice(1) : fragment;
  if (text === "") return fail("link-secret-missing");
  const slash = text.indexOf("/");
  const [secretText = "", ...hostParts] = (slash === -1 ? text : text.slice(0, slash)).split("~");
  if (secretText.length < SECRET_CHARS + CHECK_CHARS) return fail("link-cut");
  if (secretText.length > SECRET_CHARS + CHECK_CHARS) return fail("link-altered");
  const secret = fromBase64Url(secretText.slice(0, SECRET_CHARS));
  if (secret === undefined) return fail("link-altered");
  if (secretText.slice(SECRET_CHARS) !== (await checkOf(roomId.output, secret)))
    return fail("link-altered");
  const [hostPart, ...others] = hostParts;
  const hostLink = hostPart === undefined ? undefined : decodeHostLink(hostPart);
  if (others.length > 0 || (hostPart !== undefined && hostLink === undefined)) {
    return fail("link-host-part-altered");
  }
  const read = { roomId: roomId.output, secret, hostLink };
  if (slash === -1) return ok({ ...read, label: undefined });
  const label = readLabel(text.slice(slash + 1));
  if (label === undefined) return fail("link-label-malformed");
  return ok({ ...read, label: label === "" ? undefined : label });
}

/** What follows from the link secret. `access` is shown to the edge; `envelope` is a raw AES-256 key. SPEC LINK-7. */
export type LinkKeys = {
  readonly access: Uint8Array<ArrayBuffer>;
  readonly accessHash: Uint8Array<ArrayBuffer>;
  readonly envelope: Uint8Array<ArrayBuffer>;
};

/** HKDF-SHA-256 with salt "sotto v1" over the 16-byte secret (RFC 5869). */
export async function deriveLinkKeys(secret: Uint8Array<ArrayBuffer>): Promise<LinkKeys> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const expand = async (info: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: "HKDF", hash: "SHA-256", salt: utf8("sotto v1"), info: utf8(info) },
        key,
        256,
      ),
    );
  const access = await expand("access");
  return { access, accessHash: await sha256(access), envelope: await expand("envelope") };
}

async function checkOf(roomId: RoomId, secret: Uint8Array): Promise<string> {
  const room = fromBase64Url(roomId);
  if (room === undefined) throw new TypeError("room id: expected base64url");
  return toBase64Url(await sha256(concat(utf8("sotto link v1"), room, secret))).slice(
    0,
    CHECK_CHARS,
  );
}

function readLabel(text: string): string | undefined {
  try {
    const label = decodeURIComponent(text).normalize("NFC").trim();
    // Control and direction characters could make a label lie about the page around it.
    return isPlainText(label, LIMITS.labelCodePoints) ? label : undefined;
  } catch {
    return undefined;
  }
}
