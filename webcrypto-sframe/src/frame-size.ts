import type { OversizeFailure } from "./failure.ts";
import type { Result } from "./result.ts";

/** 16 MiB. No real frame comes near; it bounds what one peer's bytes can make this end allocate. */
export const DEFAULT_MAX_FRAME_BYTES: number = 2 ** 24;

export function refuseOversize(
  sizeBytes: number,
  limitBytes: number,
): Result<never, OversizeFailure> {
  return { ok: false, error: { code: "sframe-frame-oversize", sizeBytes, limitBytes } };
}
