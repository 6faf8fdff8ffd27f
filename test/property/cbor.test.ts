import { decode, encode } from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBytes } from "../../protocol/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../protocol/cbor.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_125);
const RUNS = 2_000;

const lengths = fc.constantFrom(0, 1, 23, 24, 255, 256, 65_535, 65_536);
const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .tuple(fc.constantFrom(0, 8, 16, 32, 53), fc.integer({ min: -2, max: 1 }), fc.boolean())
    .map(([bits, off, negative]) => {
      const value = Math.min(Math.max(0, 2 ** bits + off), Number.MAX_SAFE_INTEGER - 1);
      return negative ? -1 - value : value;
    }),
);
const texts = fc
  .string({ unit: "binary", maxLength: 30 })
  .filter((text) => !text.startsWith("\ufeff"));
const { value: values } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    integers,
    fc.boolean(),
    fc.constant(null),
    texts,
    fc.uint8Array({ maxLength: 30 }),
    lengths.map((length) => new Uint8Array(length)),
    fc.array(tie("value"), { maxLength: 30 }),
    fc
      .array(fc.tuple(integers.map(Math.abs), tie("value")), { maxLength: 30 })
      .map((entries) => new Map(entries)),
  ),
}));

/** Another's reader, with ours of the rules that it does not know: what it reads is written again. */
function readByCborg(bytes: Uint8Array): CborValue | undefined {
  try {
    const value: CborValue = decode(bytes, {
      strict: true,
      useMaps: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
    return equalBytes(encodeCbor(value), bytes) ? value : undefined;
  } catch {
    return undefined;
  }
}

describe(`CBOR, beside another's (seed ${SEED})`, () => {
  it("[CBOR-1] is written as cborg writes it, and read again as it was", () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeCbor(value);
        expect(bytes).toEqual(new Uint8Array(encode(value)));
        expect(decodeCbor(bytes)).toEqual({ ok: true, value });
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("[CBOR-2] altered, cut or longer, is read where cborg reads it, as the same, and nowhere else", () => {
    const mutations = fc.array(
      fc.record({ at: fc.nat(), put: fc.nat({ max: 255 }), take: fc.nat({ max: 2 }) }),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(values, mutations, (value, changes) => {
        const bytes = [...encodeCbor(value).subarray(0, 2_000)];
        for (const { at, put, take } of changes) bytes.splice(at % bytes.length, take, put);
        const altered = Uint8Array.from(bytes);
        const read = decodeCbor(altered);
        expect(read.ok ? read.value : undefined).toEqual(readByCborg(altered));
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("[CBOR-2] any bytes are read as cborg reads them, or not at all", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const read = decodeCbor(bytes);
        expect(read.ok ? read.value : undefined).toEqual(readByCborg(bytes));
      }),
      { seed: SEED, numRuns: 10 * RUNS },
    );
  });
});
