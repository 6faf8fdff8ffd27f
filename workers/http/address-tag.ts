import { toBase64Url, utf8 } from "../../protocol/bytes.ts";

/** Bytes of a tag: enough that two addresses of a day don't share one by chance. */
const TAG_BYTES = 8;

/**
 * What limits call one place in the network: an IPv4 address, or the /64 of an IPv6 one, which is
 * what a single home or phone gets. Whatever is no address is one place together.
 */
export function networkOf(address: string | null): string {
  const text = (address ?? "").trim().toLowerCase();
  const mapped = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  const groups = ipv6Groups(text);
  return groups === undefined ? "unknown" : `${groups.slice(0, 4).join(":")}::/64`;
}

function ipv6Groups(text: string): string[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const zeros = 8 - head.length - tail.length;
  if (halves.length === 2 ? zeros < 1 : zeros !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  if (!groups.every((group) => /^[\da-f]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16).toString(16));
}

/** `HMAC-SHA-256(key of the day, network)[0..8]` in base64url: the room may compare it, nobody can turn it back. */
export async function addressTag(
  dayKey: Uint8Array<ArrayBuffer>,
  address: string | null,
): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    dayKey,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, utf8(networkOf(address)));
  return toBase64Url(new Uint8Array(mac).subarray(0, TAG_BYTES));
}
