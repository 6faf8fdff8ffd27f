import * as v from "valibot";

/** Every code the edge or the room answers with. Stable: clients and tests compare them; sentences are the app's. */
export const FAILURE_CODES = [
  // HTTP
  "body-malformed",
  "body-too-large",
  "method-not-allowed",
  "not-found",
  "room-unknown",
  "room-exists",
  "room-id-mismatch",
  "signature-invalid",
  "access-wrong",
  "link-replaced",
  "proof-expired",
  "proof-invalid",
  "proof-replayed",
  "host-proof-invalid",
  "login-required",
  "login-invalid",
  "rate-limited",
  "service-unavailable",
  // Socket, at the edge
  "token-missing",
  "token-invalid",
  "token-expired",
  "upgrade-required",
  "origin-not-allowed",
  // Socket, in the room
  "version-unknown",
  "message-malformed",
  "message-too-large",
  "message-unknown",
  "flood",
  "challenge-failed",
  "challenge-timeout",
  "not-proved",
  "not-in-call",
  "room-full",
  "call-full",
  "banned",
  "locked",
  "admission-required",
  "waiting-full",
  "knock-blocked",
  "not-host",
  "policy-invalid",
  "policy-serial",
  "policy-not-allowed",
  "delegation-withdrawn",
  "delegation-expired",
  "end-invalid",
  "group-none",
  "group-unknown",
  "epoch-out-of-range",
  "committer-paused",
  "member-unknown",
  "entries-gone",
  "socket-replaced",
  "room-closed",
] as const;
export const failureCodeSchema = v.picklist(FAILURE_CODES);
export type FailureCode = v.InferOutput<typeof failureCodeSchema>;

/** WebSocket close codes (RFC 6455 §7.4.2, private use). The close reason carries the failure code. */
export const CLOSE = {
  /** The client did something no honest client does. Don't come back by yourself. */
  refused: 4000,
  /** Come back with a new token. */
  again: 4001,
  /** Another socket of this member took its place. */
  replaced: 4002,
} as const;
