import * as v from "valibot";
import { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
import { fail, ok, type Result } from "./result.ts";

type RecordFailure = { readonly code: "record-malformed" };

/** One field of a wire map: its integer key, how it is written and read, and whether it may be absent. */
export type Field<Value, Optional extends boolean> = {
  readonly key: number;
  readonly optional: Optional;
  readonly write: (value: Value) => CborValue;
  readonly read: (item: CborValue) => Result<Value, RecordFailure>;
};

/** A field of any value: what a table of fields is made of. */
export type AnyField = Omit<Field<never, boolean>, "read"> & {
  readonly read: (item: CborValue) => Result<unknown, RecordFailure>;
};
export type AnyFields = Readonly<Record<string, AnyField>>;
type ValueOf<Item> = Item extends {
  readonly read: (item: CborValue) => Result<infer Value, RecordFailure>;
}
  ? Value
  : never;
type Simplify<Shape> = { [Name in keyof Shape]: Shape[Name] } & {};
export type FieldValues<Shape extends AnyFields> = Simplify<
  {
    readonly [Name in keyof Shape as Shape[Name]["optional"] extends true ? never : Name]: ValueOf<
      Shape[Name]
    >;
  } & {
    readonly [Name in keyof Shape as Shape[Name]["optional"] extends true ? Name : never]?:
      | ValueOf<Shape[Name]>
      | undefined;
  }
>;

const through = <Value>(schema: v.GenericSchema<Value, Value>) => ({
  write: (value: Value): CborValue => {
    // Checked on the way out too: what is sent, the other side must be able to read.
    v.assert(schema, value);
    return value as CborValue;
  },
  read: (item: CborValue): Result<Value, RecordFailure> => {
    const parsed = v.safeParse(schema, item);
    return parsed.success ? ok(parsed.output) : fail("record-malformed");
  },
});

/** A field that must be there. */
export const field = <Value>(
  key: number,
  schema: v.GenericSchema<unknown, Value>,
): Field<Value, false> => ({
  key,
  optional: false,
  ...through(schema as v.GenericSchema<Value, Value>),
});

/** A field that may be absent. */
export const optionalField = <Value>(
  key: number,
  schema: v.GenericSchema<unknown, Value>,
): Field<Value, true> => ({
  key,
  optional: true,
  ...through(schema as v.GenericSchema<Value, Value>),
});

/** A list of at most `most` records. */
export const listField = <Value>(
  key: number,
  codec: RecordCodec<Value>,
  most: number,
): Field<readonly Value[], false> => ({
  key,
  optional: false,
  write: (values) => {
    if (values.length > most)
      throw new TypeError(`list: expected at most ${most} items, got ${values.length}`);
    return values.map(codec.toMap);
  },
  read: (item) => {
    if (!Array.isArray(item) || item.length > most) return fail("record-malformed");
    const values: Value[] = [];
    for (const entry of item) {
      const value = codec.fromMap(entry);
      if (!value.ok) return value;
      values.push(value.value);
    }
    return ok(values);
  },
});

/** A record inside a record. */
export const recordField = <Value>(
  key: number,
  codec: RecordCodec<Value>,
): Field<Value, false> => ({
  key,
  optional: false,
  write: codec.toMap,
  read: codec.fromMap,
});

/** A record inside a record, which may be absent. */
export const optionalRecordField = <Value>(
  key: number,
  codec: RecordCodec<Value>,
): Field<Value, true> => ({
  key,
  optional: true,
  write: codec.toMap,
  read: codec.fromMap,
});

/** Reads and writes one record as a CBOR map with integer keys. Unknown keys are refused: a record says all it is. */
export type RecordCodec<Value> = {
  readonly encode: (value: Value) => Uint8Array<ArrayBuffer>;
  readonly decode: (
    bytes: Uint8Array,
  ) => Result<Value, { readonly code: "cbor-malformed" | "record-malformed" }>;
  readonly toMap: (value: Value) => ReadonlyMap<number, CborValue>;
  readonly fromMap: (item: CborValue) => Result<Value, RecordFailure>;
};

export function recordCodec<const Shape extends AnyFields>(
  shape: Shape,
): RecordCodec<FieldValues<Shape>> {
  type Value = FieldValues<Shape>;
  const fields: readonly (readonly [string, Field<unknown, boolean>])[] = Object.entries(
    shape as object,
  );
  const byKey = new Map(fields.map(([name, item]) => [item.key, { name, item }]));
  if (byKey.size !== fields.length) throw new TypeError("record: two fields share a key");
  const toMap = (value: Value): ReadonlyMap<number, CborValue> => {
    const given = value as Readonly<Record<string, unknown>>;
    const map = new Map<number, CborValue>();
    for (const [name, item] of fields) {
      if (given[name] !== undefined) map.set(item.key, item.write(given[name]));
      else if (!item.optional) throw new TypeError(`record: field ${name} is missing`);
    }
    return map;
  };
  const fromMap = (item: CborValue): Result<Value, RecordFailure> => {
    if (!(item instanceof Map)) return fail("record-malformed");
    const read: Record<string, unknown> = {};
    for (const [key, part] of item) {
      const entry = byKey.get(key);
      if (entry === undefined) return fail("record-malformed");
      const value = entry.item.read(part);
      if (!value.ok) return value;
      read[entry.name] = value.value;
    }
    for (const [name, { optional }] of fields) {
      if (!optional && read[name] === undefined) return fail("record-malformed");
    }
    return ok(read as Value);
  };
  return {
    toMap,
    fromMap,
    encode: (value) => encodeCbor(toMap(value)),
    decode: (bytes) => {
      const item = decodeCbor(bytes);
      return item.ok ? fromMap(item.value) : item;
    },
  };
}

const bytesSchema = v.custom<Uint8Array<ArrayBuffer>>(
  (value) => value instanceof Uint8Array,
  "expected bytes",
);

/** Bytes of exactly one length. */
export const bytesOf = (length: number) =>
  v.pipe(
    bytesSchema,
    v.check((bytes) => bytes.length === length, `expected ${length} bytes`),
  );

/** Bytes up to a limit, at least one. */
export const bytesUpTo = (limit: number) =>
  v.pipe(
    bytesSchema,
    v.check((bytes) => bytes.length > 0 && bytes.length <= limit, `expected 1 to ${limit} bytes`),
  );

/** An unsigned safe integer. */
export const uintSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
