/** Throws a TypeError that names `argument` unless `value` is an integer from `least` to `most`. */
export function requireInteger(
  value: number,
  argument: string,
  least: number,
  most: number,
): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(
    `${argument}: expected an integer from ${least} to ${most}, got ${String(value)}`,
  );
}

/** Throws a TypeError that names `argument` unless `value` is a Uint8Array. */
export function requireBytes(value: Uint8Array, argument: string): void {
  if (value instanceof Uint8Array) return;
  throw new TypeError(`${argument}: expected a Uint8Array, got ${typeof value}`);
}
