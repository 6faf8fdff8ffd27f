import type { LeafIndex, MemberId } from "../../../protocol/ids.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import { sealedSignalCodec, type SignalBody } from "../../../protocol/signal.ts";
import type { SignalFailure } from "../../core/call-crypto.ts";
import type { EpochKeys } from "./epoch-keys.ts";
import { type Live, stillMember } from "./live-group.ts";
import type { RoomKeys } from "./room-keys.ts";
import { openSealedSignal, sealSignal } from "./signal-seal.ts";
import type { SignalSequences } from "./signal-sequences.ts";

export function sealSignalFrom(options: {
  readonly room: RoomKeys;
  readonly keys: EpochKeys;
  readonly sequences: SignalSequences;
  readonly toLeaf: LeafIndex;
  readonly body: SignalBody;
}): Promise<Uint8Array<ArrayBuffer>> {
  const { room, keys, sequences, toLeaf, body } = options;
  const { groupId, epoch, ownLeaf } = keys;
  if (toLeaf === ownLeaf || !keys.members.has(toLeaf))
    throw new TypeError("toLeaf: expected another leaf of the group");
  const sequence = sequences.next({ groupId, epoch, fromLeaf: ownLeaf, toLeaf });
  return sealSignal({ roomId: room.roomId, keys, identity: room.identity, toLeaf, sequence, body });
}

/** Opens a signal to us of an epoch that is held, by somebody who is still in the group; each once. SPEC SIGNAL-1 to SIGNAL-4. */
export async function openSignal(
  room: RoomKeys,
  sequences: SignalSequences,
  live: Live | undefined,
  bytes: Uint8Array,
): Promise<
  Result<
    { readonly fromLeaf: LeafIndex; readonly from: MemberId; readonly body: SignalBody },
    SignalFailure
  >
> {
  const decoded = sealedSignalCodec.decode(bytes);
  if (!decoded.ok) return fail("signal-malformed");
  const signal = decoded.value;
  const keys = live?.history.at(signal.epoch);
  if (live === undefined || keys === undefined || keys.groupId !== signal.groupId)
    return fail("signal-epoch-unknown");
  const sender = keys.members.get(signal.fromLeaf);
  if (signal.toLeaf !== keys.ownLeaf || sender === undefined || signal.fromLeaf === keys.ownLeaf)
    return fail("signal-unopened");
  if (stillMember(live, sender) === undefined) return fail("signal-unopened");
  const opened = await openSealedSignal({ roomId: room.roomId, keys, sender, signal });
  if (!opened.ok) return opened;
  // Only what is authentic moves the count: a forged number must not shut a member out.
  if (!sequences.take(signal, signal.sequence)) return fail("signal-replayed");
  return ok({ fromLeaf: sender.leaf, from: sender.memberId, body: opened.value });
}
