import { type CborValue, decodeCbor, encodeCbor } from "../../../protocol/cbor.ts";
import { SIGNATURE_BYTES } from "../../../protocol/ed25519.ts";
import type { Epoch, GroupId, LeafIndex } from "../../../protocol/ids.ts";
import type { Bye } from "../../core/mls-engine.ts";

const GROUP_ID = 1;
const EPOCH = 2;
const LEAF = 3;
const SIGNATURE = 4;
const MOST_LEAF = 1022;

/** The content of an envelope of kind `bye`: SPEC ENV-1. */
export const encodeByeRecord = (groupId: GroupId, bye: Bye): Uint8Array<ArrayBuffer> =>
  encodeCbor(
    new Map<number, CborValue>([
      [GROUP_ID, groupId],
      [EPOCH, bye.epoch],
      [LEAF, bye.leaf],
      [SIGNATURE, bye.signature],
    ]),
  );

/** Reads a goodbye said to this group; whether it is the leaf's own word is for the engine. */
export function decodeByeRecord(groupId: GroupId, bytes: Uint8Array): Bye | undefined {
  const item = decodeCbor(bytes);
  if (!item.ok || !(item.value instanceof Map) || item.value.size !== 4) return undefined;
  const epoch = item.value.get(EPOCH);
  const leaf = item.value.get(LEAF);
  const signature = item.value.get(SIGNATURE);
  if (item.value.get(GROUP_ID) !== groupId) return undefined;
  if (!isUint(epoch) || !isUint(leaf) || leaf > MOST_LEAF) return undefined;
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return undefined;
  return {
    epoch: epoch as Epoch,
    leaf: leaf as LeafIndex,
    signature: new Uint8Array(signature),
  };
}

const isUint = (value: CborValue | undefined): value is number =>
  typeof value === "number" && value >= 0;
