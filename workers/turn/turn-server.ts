import { toBase64Url, utf8 } from "../../protocol/bytes.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { TURN_PERIOD_SEC, type TurnCredentials } from "./turn-credentials.ts";

/** Enough of a MAC to tell the members of a deployment apart. */
const NAME_BYTES = 12;

/**
 * Credentials for a TURN server that shares a secret with the deployment (draft-uberti-behave-turn-rest;
 * coturn's `use-auth-secret`): user name `expiry:name`, password `base64(HMAC-SHA1(secret, user name))`.
 *
 * The name is a MAC of the member id, so that the server's log ties nobody to a room. Within a period
 * a member gets the same credential, and so never has more than two.
 */
export function turnServerCredentials(
  server: { readonly urls: readonly string[]; readonly secret: string },
  nowMs: () => number,
): TurnCredentials {
  return async (memberId) => {
    const period = Math.floor(nowMs() / 1000 / TURN_PERIOD_SEC);
    const expiresAtSec = (period + LIMITS.turnLivePerMember) * TURN_PERIOD_SEC;
    const name = await hmac("SHA-256", server.secret, `sotto turn v1 ${memberId}`);
    const username = `${expiresAtSec}:${toBase64Url(name.subarray(0, NAME_BYTES))}`;
    const password = await hmac("SHA-1", server.secret, username);
    return [
      { urls: [...server.urls], username, credential: btoa(String.fromCharCode(...password)) },
    ];
  };
}

async function hmac(hash: "SHA-1" | "SHA-256", secret: string, text: string): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text)));
}
