/** An expected outcome: a value, or a failure with a stable code. Bugs throw; outcomes are returned. */
export type Result<Value, Failure extends { readonly code: string }> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});

export const fail = <Code extends string>(
  code: Code,
): { readonly ok: false; readonly error: { readonly code: Code } } => ({
  ok: false,
  error: { code },
});
