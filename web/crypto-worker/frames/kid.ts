import type { LeafIndex } from "../../../protocol/ids.ts";
import { type StreamName, STREAMS } from "../../../protocol/pair.ts";

const EPOCHS = 256;
const TEN_BITS = 1024;
const MOST_KID = 2 ** 31 - 1;

/** A KID, read. `copy` is the recipient's leaf + 1, or 0 where one encoder serves all. */
export type KidParts = {
  readonly stream: number;
  readonly copy: number;
  readonly leaf: number;
  /** The epoch modulo 256. */
  readonly epochByte: number;
};

export const epochByteOf = (epoch: number): number => epoch % EPOCHS;

/** SPEC KID-1: stream(3 bits) ‖ copy(10) ‖ leaf(10) ‖ epoch mod 256 (8). */
export const encodeKid = (parts: {
  readonly stream: StreamName;
  readonly toLeaf: LeafIndex | undefined;
  readonly leaf: LeafIndex;
  readonly epoch: number;
}): number => {
  const copy = parts.toLeaf === undefined ? 0 : parts.toLeaf + 1;
  // Multiplied and not shifted: the result has 31 bits, and shifts are of signed 32.
  return (
    ((STREAMS[parts.stream] * TEN_BITS + copy) * TEN_BITS + parts.leaf) * EPOCHS +
    epochByteOf(parts.epoch)
  );
};

/** Nothing for a number that KID-1 does not make. */
export function decodeKid(kid: number | bigint): KidParts | undefined {
  if (typeof kid === "bigint" || kid > MOST_KID) return undefined;
  const leafAndAbove = Math.floor(kid / EPOCHS);
  const copyAndAbove = Math.floor(leafAndAbove / TEN_BITS);
  return {
    stream: Math.floor(copyAndAbove / TEN_BITS),
    copy: copyAndAbove % TEN_BITS,
    leaf: leafAndAbove % TEN_BITS,
    epochByte: kid % EPOCHS,
  };
}

/** How far `epochByte` lies ahead of `epoch`: 1 to 128; 0 for this epoch or one behind. */
export function epochsAhead(epochByte: number, epoch: number): number {
  const distance = (epochByte - epochByteOf(epoch) + EPOCHS) % EPOCHS;
  return distance <= EPOCHS / 2 ? distance : 0;
}
