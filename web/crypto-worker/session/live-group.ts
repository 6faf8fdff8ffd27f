import type { Epoch, LeafIndex, MemberId } from "../../../protocol/ids.ts";
import type { CallCrypto, Verdict } from "../../core/call-crypto.ts";
import type { Clock } from "../../core/clock.ts";
import type { MlsChange, MlsEngine, MlsGroup, MlsMember } from "../../core/mls-engine.ts";
import { EPOCH_TIMES } from "../frames/epoch-times.ts";
import type { EpochStep, FrameKeyring } from "../frames/frame-keyring.ts";
import type { CommitSlot, MadeCommit } from "./commit-slot.ts";
import { judgeDoorChange, type Rotation } from "./door-judge.ts";
import { createEpochHistory, type EpochHistory } from "./epoch-history.ts";
import { deriveEpochKeys, type EpochKeys } from "./epoch-keys.ts";
import { groupChange, groupView, viewAfterRemoval } from "./group-view.ts";
import type { RoomKeys } from "./room-keys.ts";
import { openContent } from "./sealed-content.ts";
import type { SerialQueue } from "./serial-queue.ts";
import type { SignalSequences } from "./signal-sequences.ts";

/** The group one is in, with the epochs that led to it. */
export type Live = {
  readonly group: MlsGroup;
  readonly keys: EpochKeys;
  readonly history: EpochHistory;
  /** Keys of the epoch that last changed who is in the group: the security code's, SPEC VERIFY-1. */
  readonly roster: EpochKeys;
};

type Entry = Omit<Parameters<CallCrypto["judge"]>[0], "seq">;
type Installed = Awaited<ReturnType<CallCrypto["installPending"]>>;

type LiveGroup = {
  readonly current: () => Live | undefined;
  /** The same epoch, a message key further. */
  readonly replace: (group: MlsGroup) => void;
  /** A group one has made, joined or come back to. */
  readonly enter: (group: MlsGroup, keys: EpochKeys) => void;
  readonly install: (room: RoomKeys, made: MadeCommit) => Installed;
  readonly judge: (room: RoomKeys, entry: Entry) => Promise<Verdict>;
  readonly end: () => void;
};

/** Moves the group from epoch to epoch: SPEC LOG-2, EPOCH-1. Its functions are not to run at the same time; `queue` is where its timers line up. */
export function createLiveGroup(options: {
  readonly engine: MlsEngine;
  readonly frames: FrameKeyring;
  readonly clock: Clock;
  readonly slot: CommitSlot;
  readonly sequences: SignalSequences;
  readonly queue: SerialQueue;
}): LiveGroup {
  const { engine, frames, clock, slot, sequences, queue } = options;
  let live: Live | undefined;
  const timers = new Set<() => void>();

  const leave = (): void => {
    for (const cancel of timers) cancel();
    timers.clear();
    slot.clear();
    live = undefined;
  };
  const end = (): void => {
    leave();
    frames.clear();
  };

  const set = (next: Live, step: EpochStep): void => {
    const { group, keys, history } = next;
    live = next;
    slot.clear();
    history.add(keys);
    sequences.keepOnly(group.groupId, history.oldest() ?? group.epoch);
    frames.install(
      {
        groupId: group.groupId,
        epoch: group.epoch,
        ownLeaf: group.ownLeaf,
        leaves: new Set(keys.members.keys()),
        baseKey: keys.frameKey,
      },
      step,
    );
  };

  /** What was sealed for the epochs before is taken a while longer, then their message keys go. */
  const forgetLater = (epoch: Epoch, removal: boolean): void => {
    const forget = async (): Promise<void> => {
      if (live !== undefined) live = { ...live, group: engine.forgetBefore(live.group, epoch) };
    };
    const delayMs = removal ? EPOCH_TIMES.acceptAfterRemoveMs : EPOCH_TIMES.acceptAfterJoinMs;
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      void queue(forget);
    });
    timers.add(cancel);
  };

  const enter = (group: MlsGroup, keys: EpochKeys): void => {
    // Links stay bound: who joins may have bound them by the group as it was going to be.
    leave();
    set({ group, keys, history: createEpochHistory(), roster: keys }, { type: "entered" });
  };

  const advance = (from: Live, group: MlsGroup, keys: EpochKeys, change: MlsChange): void => {
    // Who resyncs is let back in, not put out: a join, for everybody else.
    const removal = change.kind !== "resync" && change.removed.length > 0;
    const isSameRoster = change.added === undefined && change.removed.length === 0;
    const roster = isSameRoster ? from.roster : keys;
    set({ ...from, group, keys, roster }, { type: "advanced", added: change.added?.leaf, removal });
    forgetLater(group.epoch, removal);
  };

  const install = (room: RoomKeys, made: MadeCommit): Installed => {
    const { change, group } = made.pending;
    room.policyFloor.raise(group.policy.serial);
    replaceLink(room, made.sealed, made.rotation);
    const joined = change.kind === "join" || change.kind === "resync";
    if (joined) enter(group, made.keys);
    else if (live === undefined)
      throw new Error("crypto session: a member's commit without a group");
    else advance(live, engine.installPending(live.group, made.pending), made.keys, change);
    const newSecret = made.rotation?.secret;
    return { view: made.sealed.view, change: groupChange(change), newSecret };
  };

  const judge: LiveGroup["judge"] = async (room, entry) => {
    if (live === undefined) return { type: "refused", code: "no-group" };
    const { group } = live;
    if (entry.epoch < group.epoch) return { type: "skipped" };
    if (entry.epoch > group.epoch) return { type: "refused", code: "epoch-ahead" };
    const own = slot.find(entry.commit);
    if (own !== undefined) return { type: "applied", ...install(room, own) };
    const opened = await openContent(room, "commit", entry.commit);
    if (!opened.ok) return { type: "refused", code: opened.error.code };
    const { groupId, epoch, content } = opened.value;
    if (groupId !== group.groupId || epoch !== group.epoch)
      return { type: "refused", code: "commit-misplaced" };
    const judged = await engine.judgeCommit(group, content);
    if (!judged.ok) return { type: "refused", code: judged.error.code };
    const { change } = judged.value;
    if (judged.value.type === "removed") {
      const view = viewAfterRemoval(room, group, change);
      end();
      return { type: "applied", change: groupChange(change), view, newSecret: undefined };
    }
    const next = judged.value.group;
    const { doorPolicyHash } = change;
    const { doorChange } = entry;
    const atDoor = { engine, room, before: group, after: next, doorPolicyHash, doorChange };
    const door = await judgeDoorChange(atDoor);
    if (!door.ok) return { type: "refused", code: door.error.code };
    const keys = await deriveEpochKeys(engine, next);
    room.policyFloor.raise(next.policy.serial);
    replaceLink(room, group, door.value);
    advance(live, next, keys, change);
    const newSecret = door.value?.secret;
    return {
      type: "applied",
      change: groupChange(change),
      view: groupView(room, next),
      newSecret,
    };
  };

  return {
    current: () => live,
    replace: (group) => {
      if (live !== undefined) live = { ...live, group };
    },
    enter,
    install,
    judge,
    end,
  };
}

/** From the epoch after `last` on, what a commit's new link says holds. SPEC ROTATE-5. */
function replaceLink(
  { links }: RoomKeys,
  last: Pick<MlsGroup, "groupId" | "epoch">,
  rotation: Rotation | undefined,
): void {
  if (rotation !== undefined) links.replace(rotation.link, last);
}

/** The member who holds a leaf now, if it is still the one who held it when `then` was said: nobody removed is heard any more. */
export function stillMember(
  live: Live,
  then: MlsMember | undefined,
): { readonly leaf: LeafIndex; readonly memberId: MemberId } | undefined {
  if (then === undefined) return undefined;
  const stays = live.group.members.some(({ memberId }) => memberId === then.memberId);
  return stays ? then : undefined;
}
