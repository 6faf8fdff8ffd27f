/** The outcome of an operation that a peer's bytes, not a bug, can make fail. */
export type Result<Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };
