import { fromBase64Url } from "../../../protocol/bytes.ts";
import { ID_BYTES } from "../../../protocol/ids.ts";

/** Says of a value from outside that it is what it claims to be. */
export type Guard<Value> = (value: unknown) => value is Value;

type Guarded<Item> = Item extends Guard<infer Value> ? Value : never;

export const bytesUpTo =
  (most: number): Guard<Uint8Array<ArrayBuffer>> =>
  (value): value is Uint8Array<ArrayBuffer> =>
    value instanceof Uint8Array && value.buffer instanceof ArrayBuffer && value.length <= most;

export const bytesOf =
  (length: number): Guard<Uint8Array<ArrayBuffer>> =>
  (value): value is Uint8Array<ArrayBuffer> =>
    bytesUpTo(length)(value) && value.length === length;

/** An unsigned safe integer; the brand is the caller's word for what it counts. */
export const uintUpTo =
  <Value extends number>(most: number): Guard<Value> =>
  (value): value is Value =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most;

export const textUpTo =
  (most: number): Guard<string> =>
  (value): value is string =>
    typeof value === "string" && value.length <= most;

export const idText =
  <Value extends string>(): Guard<Value> =>
  (value): value is Value =>
    typeof value === "string" && fromBase64Url(value)?.length === ID_BYTES;

export const isBoolean: Guard<boolean> = (value) => typeof value === "boolean";
export const isUndefined: Guard<undefined> = (value) => value === undefined;

export const oneOf =
  <const Value extends string>(...values: readonly Value[]): Guard<Value> =>
  (value): value is Value =>
    values.some((known) => known === value);

export const either =
  <First, Second>(first: Guard<First>, second: Guard<Second>): Guard<First | Second> =>
  (value): value is First | Second =>
    first(value) || second(value);

export const anyOf =
  <const Items extends readonly Guard<unknown>[]>(...items: Items): Guard<Guarded<Items[number]>> =>
  (value): value is Guarded<Items[number]> =>
    items.some((guard) => guard(value));

export const optional = <Value>(guard: Guard<Value>): Guard<Value | undefined> =>
  either(guard, isUndefined);

export const listUpTo =
  <Value>(most: number, item: Guard<Value>): Guard<readonly Value[]> =>
  (value): value is readonly Value[] =>
    Array.isArray(value) && value.length <= most && value.every((entry) => item(entry));

/** An object whose fields, named here, are what they should be. */
export const record =
  <Shape extends Readonly<Record<string, Guard<unknown>>>>(
    shape: Shape,
  ): Guard<{ readonly [Name in keyof Shape]: Guarded<Shape[Name]> }> =>
  (value): value is { readonly [Name in keyof Shape]: Guarded<Shape[Name]> } =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(shape).every(([name, guard]) =>
      guard((value as Readonly<Record<string, unknown>>)[name]),
    );

/** Exactly these arguments. */
export const tuple =
  <const Items extends readonly Guard<unknown>[]>(
    ...items: Items
  ): Guard<{ [Index in keyof Items]: Guarded<Items[Index]> }> =>
  (value): value is { [Index in keyof Items]: Guarded<Items[Index]> } =>
    Array.isArray(value) &&
    value.length === items.length &&
    items.every((guard, index) => guard(value[index]));
