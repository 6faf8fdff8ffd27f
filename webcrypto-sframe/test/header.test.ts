import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHeader, encodeHeader, type Uint64 } from "../src/index.ts";
import { concat, fromHex, toHex } from "./bytes.ts";
import { VECTORS } from "./rfc9605-vectors.ts";

const SEED = 9605;
const MAX = 2n ** 64n - 1n;

// All lengths alike often, both sides of the step from number to bigint, and the edges themselves.
const anyUint64 = fc
  .tuple(fc.bigInt({ min: 0n, max: MAX }), fc.integer({ min: 0, max: 64 }))
  .map(([value, bits]) => value & (2n ** BigInt(bits) - 1n));

function canonical(value: bigint): Uint64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

describe.each(VECTORS)("RFC 9605 header vectors ($source)", ({ header }) => {
  it("there are all 289 of them", () => {
    expect(header).toHaveLength(289);
  });

  it.each(header)("kid $kid, ctr $ctr is $encoded both ways", ({ kid, ctr, encoded }) => {
    expect(toHex(encodeHeader({ kid, ctr }))).toBe(encoded);
    expect(decodeHeader(fromHex(encoded))).toEqual({
      ok: true,
      value: { kid, ctr, sizeBytes: encoded.length / 2 },
    });
  });
});

describe("header codec", () => {
  it(`any two 64-bit values survive the round trip, whatever follows (seed ${SEED})`, () => {
    fc.assert(
      fc.property(anyUint64, anyUint64, fc.uint8Array({ maxLength: 8 }), (kid, ctr, rest) => {
        const encoded = encodeHeader({ kid, ctr });
        expect(decodeHeader(concat(encoded, rest))).toEqual({
          ok: true,
          value: { kid: canonical(kid), ctr: canonical(ctr), sizeBytes: encoded.length },
        });
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it(`a header cut anywhere is truncated (seed ${SEED})`, () => {
    fc.assert(
      fc.property(anyUint64, anyUint64, fc.nat(16), (kid, ctr, cut) => {
        const encoded = encodeHeader({ kid, ctr });
        expect(decodeHeader(encoded.subarray(0, cut % encoded.length))).toEqual({
          ok: false,
          error: { code: "sframe-header-truncated" },
        });
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it(`whatever decodes is the one encoding of its values (seed ${SEED})`, () => {
    let decodedCount = 0;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 17, maxLength: 17 }), (bytes) => {
        const decoded = decodeHeader(bytes);
        if (decoded.ok) decodedCount += 1;
        const isTheOne =
          decoded.ok &&
          toHex(encodeHeader(decoded.value)) === toHex(bytes.subarray(0, decoded.value.sizeBytes));
        expect(decoded.ok ? isTheOne : decoded.error.code).toBe(
          decoded.ok ? true : "sframe-header-not-minimal",
        );
      }),
      { seed: SEED, numRuns: 1000 },
    );
    expect(decodedCount).toBeGreaterThan(100);
  });

  it.each([
    ["a kid below 8 in a byte of its own", "8007"],
    ["a ctr below 8 in a byte of its own", "0807"],
    ["a kid of one byte in two", "9000ff"],
    ["a ctr of one byte in two", "0900ff"],
    ["a kid of seven bytes in eight", "f000ffffffffffffff"],
    ["a ctr of zero in eight bytes", "0f0000000000000000"],
  ])("%s is refused as not minimal", (_what, encoded) => {
    expect(decodeHeader(fromHex(encoded))).toEqual({
      ok: false,
      error: { code: "sframe-header-not-minimal" },
    });
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY, -1n, MAX + 1n])(
    "%s is neither a kid nor a ctr",
    (value) => {
      expect(() => encodeHeader({ kid: value, ctr: 0 })).toThrow(/^kid: expected .*, got /);
      expect(() => encodeHeader({ kid: 0, ctr: value })).toThrow(/^ctr: expected .*, got /);
      expect(() => encodeHeader({ kid: value, ctr: 0 })).toThrow(TypeError);
    },
  );
});
