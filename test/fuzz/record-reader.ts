import { LIMITS } from "../../protocol/limits.ts";
import type { Result } from "../../protocol/result.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One reader with what it reads, and how what it read is written again. */
export type Reader = {
  readonly name: string;
  readonly samples: readonly Bytes[];
  readonly mostBytes: number;
  readonly read: (bytes: Bytes) => Result<Bytes, { readonly code: string }>;
};

/** A codec as a `Reader`: what it accepted, written again. */
export function reader<Value>(
  name: string,
  codec: {
    readonly encode: (value: Value) => Bytes;
    readonly decode: (bytes: Uint8Array) => Result<Value, { readonly code: string }>;
  },
  values: readonly Value[],
  mostBytes: number = LIMITS.messageBytes,
): Reader {
  return {
    name,
    samples: values.map(codec.encode),
    mostBytes,
    read: (bytes) => {
      const read = codec.decode(bytes);
      return read.ok ? { ok: true, value: codec.encode(read.value) } : read;
    },
  };
}
