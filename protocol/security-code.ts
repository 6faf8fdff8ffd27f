import type { Epoch, GroupId, LeafIndex, RoomId } from "./ids.ts";
import { boundBytes, LABELS } from "./labels.ts";

/** Signs of a security code, and how many there are to take them from: 333⁶ is a little over 2⁵⁰. SPEC VERIFY-5. */
export const CODE_SIGNS = 6;
export const CODE_SIGN_KINDS = 333;
export const CODE_DIGITS = 30;
export const CODE_NONCE_BYTES = 32;

/** What the people in a call compare. */
export type SecurityCode = {
  /** Places in the list of signs, `CODE_SIGNS` of them. */
  readonly signs: readonly number[];
  /** `CODE_DIGITS` decimal digits, independent of the signs. */
  readonly digits: string;
};

type Bytes = Uint8Array<ArrayBuffer>;

/** One member's part. */
export type CodePart = {
  readonly leaf: LeafIndex;
  readonly identityKey: Bytes;
  readonly nonce: Bytes;
};

type CodeRunName = {
  readonly roomId: RoomId;
  readonly groupId: GroupId;
  /** The epoch that last changed who is in the group: SPEC VERIFY-1. */
  readonly epoch: Epoch;
};

/** The bytes of MAC-2. They name the leaf and its identity, so that nobody's commit can be passed off as another's. */
export const codeCommitBytes = (
  { roomId, groupId, epoch }: CodeRunName,
  { leaf, identityKey, nonce }: CodePart,
): Bytes => boundBytes(LABELS.codeCommit, roomId, groupId, epoch, leaf, identityKey, nonce);

/** The bytes of MAC-3. `parts` is one of every member, in any order. */
export const codeBytes = (
  { roomId, groupId, epoch }: CodeRunName,
  parts: readonly CodePart[],
): Bytes =>
  boundBytes(
    LABELS.code,
    roomId,
    groupId,
    epoch,
    parts
      .toSorted((left, right) => left.leaf - right.leaf)
      .map(({ leaf, identityKey, nonce }) => [leaf, identityKey, nonce]),
  );

/** Reads the 32 bytes of MAC-3 as people compare them. SPEC VERIFY-5. */
export function codeOf(mac: Uint8Array): SecurityCode {
  if (mac.length !== 32) throw new TypeError(`mac: expected 32 bytes, got ${mac.length}`);
  const kinds = BigInt(CODE_SIGN_KINDS);
  let rest = bigEndian(mac.subarray(0, 16)) % kinds ** BigInt(CODE_SIGNS);
  const signs: number[] = [];
  for (let place = 0; place < CODE_SIGNS; place += 1) {
    signs.unshift(Number(rest % kinds));
    rest /= kinds;
  }
  const digits = bigEndian(mac.subarray(16)) % 10n ** BigInt(CODE_DIGITS);
  return { signs, digits: digits.toString().padStart(CODE_DIGITS, "0") };
}

const bigEndian = (bytes: Uint8Array): bigint =>
  bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
