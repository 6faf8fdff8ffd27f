import * as v from "valibot";
import { fromBase64Url } from "../../protocol/bytes.ts";
import { tokenClaimsSchema } from "../../protocol/http.ts";

const readSchema = v.pick(tokenClaimsSchema, ["jti", "role", "delegation"]);
/** What a client makes use of in its own token. */
export type OwnClaims = v.InferOutput<typeof readSchema>;

/** The `jti` of a token just received, which the room's challenge is signed over, and the role it lets one enter in. The token's signature is the edge's business. */
export function readOwnClaims(token: string): OwnClaims | undefined {
  const payload = fromBase64Url(token.split(".")[1] ?? "");
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
    return v.parse(readSchema, claims);
  } catch {
    return undefined;
  }
}
