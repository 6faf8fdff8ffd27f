import * as v from "valibot";
import { tokenClaimsSchema } from "../protocol/http.ts";
import { memberIdSchema } from "../protocol/ids.ts";
import { SOCKET_HEADERS } from "./rpc.ts";

const entrantSchema = v.object({
  memberId: memberIdSchema,
  role: tokenClaimsSchema.entries.role,
  delegation: v.nullable(v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number))),
  jti: tokenClaimsSchema.entries.jti,
  addressTag: v.string(),
});
/** Who asks for a socket, by the word of the edge. */
export type Entrant = Omit<v.InferOutput<typeof entrantSchema>, "delegation"> & {
  readonly delegation: number | undefined;
};

/** Reads the edge's headers; `undefined` for a request that did not come through it. */
export function readEntrant(headers: Headers): Entrant | undefined {
  const named = Object.entries(SOCKET_HEADERS).map(([field, name]) => [field, headers.get(name)]);
  const entrant = v.safeParse(entrantSchema, Object.fromEntries(named));
  if (!entrant.success) return undefined;
  return { ...entrant.output, delegation: entrant.output.delegation ?? undefined };
}

/** An upgrade with nothing in it but what the edge says: partyserver would heed more. */
export function upgradeFor(entrant: Entrant): Request {
  const headers = new Headers({ Upgrade: "websocket" });
  headers.set(SOCKET_HEADERS.memberId, entrant.memberId);
  headers.set(SOCKET_HEADERS.role, entrant.role);
  if (entrant.delegation !== undefined)
    headers.set(SOCKET_HEADERS.delegation, String(entrant.delegation));
  headers.set(SOCKET_HEADERS.jti, entrant.jti);
  headers.set(SOCKET_HEADERS.addressTag, entrant.addressTag);
  return new Request("https://room/", { headers });
}
