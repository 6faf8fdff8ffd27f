import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCastFrame, passOnCast } from "../../durable-objects/room/cast-frame.ts";
import { clientMessageCodec } from "../../protocol/client-messages.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { roomMessageCodec } from "../../protocol/room-messages.ts";
import { bytesOf, groupNo, memberNo } from "../support/room-simulation.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_122);
const GROUP = groupNo(1);

/** Lengths on both sides of every form CBOR has for them. */
const sizes = [1, 2, 22, 23, 24, 25, 255, 256, 257, 1_024, LIMITS.castBytes - 1, LIMITS.castBytes];
const frameOf = (size: number, groupId = GROUP) =>
  clientMessageCodec.encode({ type: "cast", groupId, cast: bytesOf(size, 0xa5) });

const codecSaysSo = (frame: Uint8Array): boolean => {
  const message = clientMessageCodec.decode(frame);
  return message.ok && message.value.type === "cast" && message.value.groupId === GROUP;
};

describe(`a cast that is passed on as its frame (seed ${SEED})`, () => {
  it.each(sizes)(
    "[ROOM-3, WIRE-1] of %i bytes is known, and goes on as the codec would write it",
    (size) => {
      const frame = frameOf(size);
      expect(isCastFrame(frame, GROUP)).toBe(true);
      expect(passOnCast(frame, memberNo(7))).toEqual(
        roomMessageCodec.encode({ type: "cast", from: memberNo(7), cast: bytesOf(size, 0xa5) }),
      );
    },
  );

  it("[ROOM-3] for another group, or of another type, is not taken for one", () => {
    expect(isCastFrame(frameOf(9, groupNo(2)), GROUP)).toBe(false);
    const bye = clientMessageCodec.encode({ type: "bye", groupId: GROUP, bye: bytesOf(9) });
    expect(isCastFrame(bye, GROUP)).toBe(false);
  });

  it("[CBOR-1, CBOR-2] is known exactly where the codec knows it: cut, longer, or altered anywhere in front", () => {
    const altered = fc
      .record({
        size: fc.constantFrom(...sizes.slice(0, 10)),
        at: fc.nat({ max: 45 }),
        byte: fc.nat({ max: 255 }),
        end: fc.integer({ min: -2, max: 2 }),
      })
      .map(({ size, at, byte, end }) => {
        const frame = frameOf(size);
        const cut = new Uint8Array(Math.max(0, frame.length + end));
        cut.set(frame.subarray(0, cut.length));
        cut[Math.min(at, cut.length - 1)] = byte;
        return cut;
      });
    fc.assert(
      fc.property(altered, (frame) => {
        expect(isCastFrame(frame, GROUP)).toBe(codecSaysSo(frame));
      }),
      { seed: SEED, numRuns: 5_000 },
    );
  });

  it.each([
    ["in a longer form", [0x59, 0x00, 0xff], 255],
    ["in a form longer still", [0x5a, 0x00, 0x00, 0x01, 0x00], 256],
    ["without end", [0x5f], 10],
    [
      "past the limit",
      [0x59, (LIMITS.castBytes + 1) >> 8, (LIMITS.castBytes + 1) & 255],
      LIMITS.castBytes + 1,
    ],
    ["of nothing", [0x40], 0],
  ])("[CBOR-1] with a length %s is not known", (_, header, size) => {
    const head = frameOf(1).slice(0, -2);
    const frame = new Uint8Array([...head, ...header, ...bytesOf(size)]);
    expect(codecSaysSo(frame)).toBe(false);
    expect(isCastFrame(frame, GROUP)).toBe(false);
  });
});
