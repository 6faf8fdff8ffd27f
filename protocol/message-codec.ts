import { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";
import type { FailureCode } from "./failure-codes.ts";
import { type AnyFields, type FieldValues, recordCodec } from "./fields.ts";
import { fail, ok, type Result } from "./result.ts";

/** The wire's version, and the one before it, which the room still speaks: deployments happen in calls. */
export const WIRE_VERSION = 1;
const SPOKEN_VERSIONS: readonly number[] = [WIRE_VERSION];

/** Second value of `Sec-WebSocket-Protocol` is the token; the first is this. */
export const SOCKET_PROTOCOL = "sotto.v1";
/** The one text frame, answered by the runtime without waking the room. */
export const PING = "ping";
export const PONG = "pong";

const VERSION_KEY = 0;
const TYPE_KEY = 1;

type Shapes = Readonly<Record<string, AnyFields>>;
/** The union of all messages of a table, told apart by `type`. */
export type MessageOf<Table extends Shapes> = {
  [Type in keyof Table & string]: { readonly type: Type } & FieldValues<Table[Type]>;
}[keyof Table & string];

export type MessageFailure = {
  readonly code: FailureCode &
    ("message-malformed" | "message-too-large" | "message-unknown" | "version-unknown");
};

export type MessageCodec<Message> = {
  readonly encode: (message: Message) => Uint8Array<ArrayBuffer>;
  readonly decode: (bytes: Uint8Array) => Result<Message, MessageFailure>;
};

/** A codec for a table of messages: CBOR map {0: version, 1: type, 2…: fields}. SPEC WIRE-1…WIRE-4. */
export function messageCodec<const Table extends Shapes>(
  table: Table,
  limitBytes: number,
): MessageCodec<MessageOf<Table>> {
  const codecs = new Map(
    Object.entries(table as Shapes).map(([type, shape]) => [type, recordCodec(shape)]),
  );
  return {
    encode: (message) => {
      const { type, ...fields } = message as { readonly type: string };
      const codec = codecs.get(type);
      if (codec === undefined) throw new TypeError("message: unknown type");
      const map = new Map<number, CborValue>([
        [VERSION_KEY, WIRE_VERSION],
        [TYPE_KEY, type],
        ...codec.toMap(fields),
      ]);
      return encodeCbor(map);
    },
    decode: (bytes) => {
      if (bytes.length > limitBytes) return fail("message-too-large");
      const item = decodeCbor(bytes);
      if (!item.ok || !(item.value instanceof Map)) return fail("message-malformed");
      const { [VERSION_KEY]: version, [TYPE_KEY]: type } = Object.fromEntries(item.value);
      if (typeof version !== "number" || typeof type !== "string") return fail("message-malformed");
      if (!SPOKEN_VERSIONS.includes(version)) return fail("version-unknown");
      const codec = codecs.get(type);
      if (codec === undefined) return fail("message-unknown");
      const rest = new Map(
        [...item.value].filter(([key]) => key !== VERSION_KEY && key !== TYPE_KEY),
      );
      const fields = codec.fromMap(rest);
      return fields.ok
        ? ok({ type, ...(fields.value as object) } as MessageOf<Table>)
        : fail("message-malformed");
    },
  };
}
