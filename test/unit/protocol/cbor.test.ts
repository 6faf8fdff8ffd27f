import { describe, expect, it } from "vitest";
import { type CborValue, decodeCbor, encodeCbor } from "../../../protocol/cbor.ts";

const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("deterministic CBOR", () => {
  // RFC 8949 Appendix A, the part of it that the wire may carry.
  const published: readonly (readonly [CborValue, string])[] = [
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [100, "1864"],
    [1000, "1903e8"],
    [1_000_000, "1a000f4240"],
    [1_000_000_000_000, "1b000000e8d4a51000"],
    [-1, "20"],
    [-1000, "3903e7"],
    [false, "f4"],
    [true, "f5"],
    [null, "f6"],
    [fromHex("01020304"), "4401020304"],
    ["", "60"],
    ["IETF", "6449455446"],
    ["\u00fc", "62c3bc"],
    ["\u6c34", "63e6b0b4"],
    ["\ud800\udd51", "64f0908591"],
    [[], "80"],
    [[1, [2, 3], [4, 5]], "8301820203820405"],
    [
      new Map([
        [1, 2],
        [3, 4],
      ]),
      "a201020304",
    ],
  ];

  it.each(published)("[CBOR-1] writes and reads %j as RFC 8949 Appendix A does", (value, hex) => {
    expect(toHex(encodeCbor(value))).toBe(hex);
    expect(decodeCbor(fromHex(hex))).toEqual({ ok: true, value });
  });

  it("[CBOR-1] sorts map keys, whatever order they were put in", () => {
    const map = new Map<number, CborValue>([
      [300, 1],
      [24, 2],
      [1, 3],
    ]);
    expect(toHex(encodeCbor(map))).toBe("a3010318180219012c01");
  });

  it.each([
    ["a trailing byte", "0000"],
    ["a longer form of a number", "1801"],
    ["a longer form of a length", "580101"],
    ["a duplicate key", "a201010102"],
    ["unsorted keys", "a202010101"],
    ["a text key", "a1616101"],
    ["a negative key", "a12001"],
    ["an indefinite array", "9f01ff"],
    ["an indefinite text", "7f6161ff"],
    ["a float", "f93c00"],
    ["a tag", "c001"],
    ["undefined", "f7"],
    ["a bignum", "1bffffffffffffffff"],
    ["invalid UTF-8", "61ff"],
    ["a cut item", "4401"],
    ["nothing", ""],
    ["text that begins with a byte order mark", "63efbbbf"],
    ["half of a surrogate pair", "63eda080"],
    ["a reserved length", "1c"],
    ["a simple value of our own", "f0"],
    ["false in two bytes", "f814"],
    ["the end of an indefinite item", "ff"],
    ["a length past all memory", "5bffffffffffffffff"],
    ["a list longer than all memory", "9bffffffffffffffff"],
    ["a map cut after its key", "a101"],
    ["13 levels", `${"81".repeat(13)}00`],
  ])("[CBOR-2] refuses %s", (_name, hex) => {
    expect(decodeCbor(fromHex(hex))).toEqual({ ok: false, error: { code: "cbor-malformed" } });
  });

  it("[CBOR-2] reads 12 levels", () => {
    expect(decodeCbor(fromHex(`${"81".repeat(12)}00`)).ok).toBe(true);
  });

  it("[CBOR-2] reads 4,096 items, and not one more", () => {
    const list = (count: number) => encodeCbor(Array.from({ length: count }, () => 0));
    expect(decodeCbor(list(4_095)).ok).toBe(true);
    expect(decodeCbor(list(4_096))).toEqual({ ok: false, error: { code: "cbor-malformed" } });
  });

  it("gives bytes of its own: who alters what was received alters nothing that was read", () => {
    const received = fromHex("4401020304");
    const read = decodeCbor(received);
    received.fill(0);
    expect(read).toEqual({ ok: true, value: fromHex("01020304") });
  });

  it.each([
    ["text that would be read as other text", "\ud800"],
    ["a byte order mark", "\ufeffa"],
    ["undefined", undefined],
    ["a bigint", 1n],
    ["an object", {}],
    ["a key that is text", new Map([["a", 1]])],
    ["a negative key", new Map([[-1, 1]])],
  ])("[CBOR-1] refuses to write %s", (_name, value) => {
    expect(() => encodeCbor(value as CborValue)).toThrow(TypeError);
  });

  it.each([[1.5], [Number.MAX_SAFE_INTEGER + 1], [Number.NaN]])(
    "refuses to write the number %d",
    (value) => {
      expect(() => encodeCbor(value)).toThrow(TypeError);
    },
  );
});
