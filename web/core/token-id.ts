import * as v from "valibot";
import { fromBase64Url } from "../../protocol/bytes.ts";
import { tokenClaimsSchema } from "../../protocol/http.ts";

/** The `jti` of a token just received, which the room's challenge is signed over. The token's signature is the edge's business. */
export function readTokenId(token: string): string | undefined {
  const payload = fromBase64Url(token.split(".")[1] ?? "");
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
    return v.parse(v.pick(tokenClaimsSchema, ["jti"]), claims).jti;
  } catch {
    return undefined;
  }
}
