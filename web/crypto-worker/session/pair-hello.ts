import type { LeafIndex, RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { pairMessageCodec } from "../../../protocol/pair.ts";
import type { EpochKeys } from "./epoch-keys.ts";

/** The bytes of MAC-1, or nothing where a leaf is empty at that epoch. */
function boundHello(
  roomId: RoomId,
  keys: EpochKeys,
  fromLeaf: LeafIndex,
  toLeaf: LeafIndex,
): Uint8Array<ArrayBuffer> | undefined {
  const from = keys.members.get(fromLeaf);
  const to = keys.members.get(toLeaf);
  if (from === undefined || to === undefined) return undefined;
  return boundBytes(
    LABELS.pair,
    roomId,
    keys.groupId,
    keys.epoch,
    fromLeaf,
    toLeaf,
    from.dtlsFingerprint,
    to.dtlsFingerprint,
  );
}

/** Proof, for the other end of a data channel, that a leaf of the group with this DTLS certificate speaks. SPEC PAIR-2. */
export async function makeHello(
  roomId: RoomId,
  keys: EpochKeys,
  peerLeaf: LeafIndex,
): Promise<Uint8Array<ArrayBuffer>> {
  const bound = boundHello(roomId, keys, keys.ownLeaf, peerLeaf);
  if (bound === undefined) throw new TypeError("peerLeaf: expected a leaf of the group");
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", keys.pairKey, bound));
  return pairMessageCodec.encode({ type: "hello", mac, epoch: keys.epoch });
}

export async function checkHello(
  roomId: RoomId,
  keysAt: (epoch: EpochKeys["epoch"]) => EpochKeys | undefined,
  peerLeaf: LeafIndex,
  hello: Uint8Array,
): Promise<boolean> {
  const message = pairMessageCodec.decode(hello);
  if (!message.ok || message.value.type !== "hello") return false;
  const { mac, epoch } = message.value;
  const keys = epoch === undefined ? undefined : keysAt(epoch);
  if (mac === undefined || keys === undefined) return false;
  const bound = boundHello(roomId, keys, peerLeaf, keys.ownLeaf);
  return bound !== undefined && crypto.subtle.verify("HMAC", keys.pairKey, mac, bound);
}
