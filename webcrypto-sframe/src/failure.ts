import type { Uint64 } from "./uint64.ts";

/** The bytes do not begin with a header that RFC 9605 §4.3 allows. */
export type HeaderFailure =
  | { readonly code: "sframe-header-truncated" }
  | { readonly code: "sframe-header-not-minimal" };

/** The frame is longer than the `maxFrameBytes` this end was made with. */
export type OversizeFailure = {
  readonly code: "sframe-frame-oversize";
  readonly sizeBytes: number;
  readonly limitBytes: number;
};

/** Why a frame could not be sealed. Neither outcome uses up a counter. */
export type EncryptFailure = OversizeFailure | { readonly code: "sframe-counter-exhausted" };

/** Why a frame was not opened. No plaintext exists in any of these cases. */
export type DecryptFailure =
  | HeaderFailure
  | OversizeFailure
  | { readonly code: "sframe-frame-truncated" }
  | { readonly code: "sframe-key-unknown"; readonly kid: Uint64; readonly ctr: Uint64 }
  | { readonly code: "sframe-counter-replayed"; readonly kid: Uint64; readonly ctr: Uint64 }
  | { readonly code: "sframe-counter-too-old"; readonly kid: Uint64; readonly ctr: Uint64 }
  | { readonly code: "sframe-authentication-failed"; readonly kid: Uint64; readonly ctr: Uint64 };

/** Every expected failure of this package, told apart by its literal `code`. */
export type SframeFailure = EncryptFailure | DecryptFailure;
