import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { HttpFailure } from "../../protocol/http.ts";

/** Every code the edge itself answers with, and the status that says the same to what reads no body. */
const STATUS_OF = {
  "body-malformed": 400,
  "room-id-mismatch": 400,
  "version-unknown": 400,
  "host-proof-invalid": 401,
  "login-invalid": 401,
  "login-required": 401,
  "proof-expired": 401,
  "proof-invalid": 401,
  "proof-replayed": 401,
  "token-expired": 401,
  "token-invalid": 401,
  "token-missing": 401,
  "access-wrong": 403,
  banned: 403,
  "delegation-expired": 403,
  "delegation-withdrawn": 403,
  "origin-not-allowed": 403,
  "signature-invalid": 403,
  "not-found": 404,
  "room-unknown": 404,
  "method-not-allowed": 405,
  "room-exists": 409,
  "link-replaced": 410,
  "body-too-large": 413,
  "upgrade-required": 426,
  "rate-limited": 429,
  "room-full": 503,
  "service-unavailable": 503,
} as const satisfies Partial<Record<FailureCode, number>>;

export type EdgeFailureCode = keyof typeof STATUS_OF;

export const isEdgeFailureCode = (code: unknown): code is EdgeFailureCode =>
  typeof code === "string" && Object.hasOwn(STATUS_OF, code);

/** A JSON answer that no cache keeps. */
export const answerJson = (
  body: object,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response =>
  Response.json(body, { status, headers: { "Cache-Control": "no-store", ...headers } });

/** A refusal: a stable code and nothing of what was sent. SPEC HTTP-4. */
export function refuse(
  code: EdgeFailureCode,
  more: Omit<HttpFailure, "code"> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const { headers, ...fields } = more;
  const retryAfter =
    fields.retryAfterSec === undefined ? {} : { "Retry-After": String(fields.retryAfterSec) };
  return answerJson({ code, ...fields }, STATUS_OF[code], { ...retryAfter, ...headers });
}
