import type { MediaFailureCode } from "../core/local-media.ts";

/** What an exception of getUserMedia (mediacapture-main §10.2) means to a person. */
export function mediaFailure(error: unknown): MediaFailureCode {
  const name = error instanceof DOMException || error instanceof Error ? error.name : "";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "media-absent";
  if (name === "NotAllowedError" || name === "SecurityError") return "media-denied";
  if (name === "NotReadableError" || name === "AbortError") return "media-busy";
  return "media-failed";
}
