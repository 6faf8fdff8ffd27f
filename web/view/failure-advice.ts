import type { CallFailureCode } from "../core/call-state.ts";
import type { Catalogue, Sentence } from "../i18n/catalogue.ts";

type SentenceCode = keyof Catalogue["failures"];

/** What a person can do about a failure: the button beside its sentence. */
export type Advice = "again" | "reload" | "new-call";

const advice = {
  "link-not-a-room": "new-call",
  "link-room-malformed": "new-call",
  "link-secret-missing": "new-call",
  "link-cut": "new-call",
  "link-altered": "new-call",
  "link-label-malformed": "new-call",
  "link-host-part-altered": "new-call",
  "link-replaced": "new-call",
  "room-unknown": "new-call",
  "room-closed": "new-call",
  "room-full": "again",
  "call-full": "again",
  banned: "new-call",
  locked: "again",
  "admission-required": "again",
  "waiting-full": "again",
  "knock-refused": "again",
  "knock-name-missing": "again",
  "knock-blocked": "new-call",
  "not-host": "again",
  "policy-serial": "again",
  "policy-not-allowed": "again",
  "delegation-withdrawn": "again",
  "delegation-expired": "again",
  "host-proof-invalid": "reload",
  "end-invalid": "again",
  "login-required": "again",
  "login-invalid": "again",
  "room-exists": "new-call",
  "room-id-mismatch": "reload",
  "access-wrong": "new-call",
  "policy-invalid": "new-call",
  "policy-older": "again",
  "edge-unreachable": "again",
  "edge-answer-malformed": "again",
  "socket-lost": "again",
  "service-unavailable": "again",
  "rate-limited": "again",
  "not-found": "new-call",
  "method-not-allowed": "reload",
  "upgrade-required": "again",
  "origin-not-allowed": "reload",
  "body-malformed": "reload",
  "body-too-large": "reload",
  "signature-invalid": "reload",
  "proof-expired": "again",
  "proof-invalid": "reload",
  "proof-replayed": "again",
  "token-missing": "again",
  "token-invalid": "again",
  "token-expired": "again",
  "challenge-failed": "reload",
  "challenge-timeout": "again",
  "not-proved": "reload",
  "version-unknown": "reload",
  "message-malformed": "reload",
  "message-too-large": "reload",
  "message-unknown": "reload",
  flood: "again",
  "socket-replaced": "again",
  "not-in-call": "again",
  "group-none": "again",
  "group-unknown": "again",
  "no-group": "again",
  "group-info-invalid": "again",
  "group-info-other-link": "new-call",
  "epoch-out-of-range": "again",
  "entries-gone": "again",
  "commit-not-allowed": "again",
  "committer-paused": "again",
  "member-unknown": "again",
  "group-forked": "again",
  "group-not-confirmed": "again",
  "plaintext-stopped": "again",
  "fingerprint-mismatch": "again",
  "crypto-worker-lost": "again",
  "storage-blocked": "again",
  "webcrypto-unavailable": "reload",
  "webrtc-unavailable": "reload",
  "transform-unavailable": "reload",
  "insecure-origin": "reload",
  // A code that has no sentence, or a sentence that has no code, does not compile.
} as const satisfies Record<CallFailureCode, Advice> & Record<SentenceCode, Advice>;

/** The button beside a failure's sentence. */
export const adviceFor = (code: CallFailureCode): Advice => advice[code];

/** Every code that can be told, for whoever checks that each has its sentence. */
export const CALL_FAILURE_CODES = Object.keys(advice) as readonly CallFailureCode[];

/** The sentence of a failure in a language. */
export function sentenceFor(text: Catalogue, code: CallFailureCode): Sentence {
  const sentences: Readonly<Record<CallFailureCode, Sentence>> = text.failures;
  return sentences[code];
}
