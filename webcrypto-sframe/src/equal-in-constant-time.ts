/**
 * Compares every byte whatever the first difference, so that time tells a forger nothing.
 *
 * Lengths are public. JavaScript engines promise nothing about time; this is what the language allows.
 */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) {
    difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  }
  return difference === 0;
}
