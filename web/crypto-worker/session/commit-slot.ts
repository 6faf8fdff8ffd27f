import { equalBytes, sha256 } from "../../../protocol/bytes.ts";
import { sealEnvelope } from "../../../protocol/envelope.ts";
import { asksAdmission } from "../../../protocol/policy.ts";
import type { PendingCommit } from "../../core/call-crypto.ts";
import type { MlsEngine, MlsPending } from "../../core/mls-engine.ts";
import type { Rotation } from "./door-judge.ts";
import { deriveEpochKeys, type EpochKeys } from "./epoch-keys.ts";
import { groupView } from "./group-view.ts";
import type { MemberPending } from "./make-commit.ts";
import type { RoomKeys } from "./room-keys.ts";
import { sealContent } from "./sealed-content.ts";

/** A commit of ours, with all that installing it needs. */
export type MadeCommit = {
  readonly pending: MlsPending;
  readonly keys: EpochKeys;
  readonly sealed: PendingCommit;
  /** The link that comes with it. */
  readonly rotation: Rotation | undefined;
};

/** Commits of one's own are few an epoch: each costs a turn of the room. */
const MOST_GIVEN_UP = 4;

/**
 * The commit that waits for the room's word, and those of the same epoch that were given up.
 *
 * One given up may have won all the same, where the room's answer was lost with the socket; MLS gives
 * no other way into an epoch one has made oneself, so it is recognised when it comes back in the log.
 */
export type CommitSlot = {
  readonly put: (made: MadeCommit) => void;
  readonly waiting: () => MadeCommit | undefined;
  readonly giveUp: () => void;
  /** One's own commit, by its sealed bytes. */
  readonly find: (commit: Uint8Array) => MadeCommit | undefined;
  /** The epoch has changed: none of them can count any more. */
  readonly clear: () => void;
};

export function createCommitSlot(): CommitSlot {
  let waiting: MadeCommit | undefined;
  let givenUp: readonly MadeCommit[] = [];
  const giveUp = (): void => {
    if (waiting !== undefined) givenUp = [...givenUp, waiting].slice(-MOST_GIVEN_UP);
    waiting = undefined;
  };
  return {
    put: (made) => {
      giveUp();
      waiting = made;
    },
    waiting: () => waiting,
    giveUp,
    find: (commit) =>
      [waiting, ...givenUp].find(
        (made) => made !== undefined && equalBytes(made.sealed.commit, commit),
      ),
    clear: () => {
      waiting = undefined;
      givenUp = [];
    },
  };
}

/** Seals a commit, and its GroupInfo under the link in force after it, where one may be handed out. SPEC TICKET-6, ROTATE-5. */
export async function sealCommit(
  engine: MlsEngine,
  room: RoomKeys,
  made: MemberPending,
): Promise<MadeCommit> {
  const { pending, rotation, doorChange, hostLink } = made;
  const { group } = pending;
  const place = { groupId: group.groupId, epoch: (group.epoch - 1) as typeof group.epoch };
  const [keys, commit, groupInfo] = await Promise.all([
    deriveEpochKeys(engine, group),
    sealContent(room, "commit", place, pending.commit),
    asksAdmission(group.policy) ? undefined : sealGroupInfo(room, made),
  ]);
  const commitHash = await sha256(commit);
  const view = groupView(room, group);
  const sealed = { ...place, commit, commitHash, groupInfo, doorChange, hostLink, view };
  return { pending, keys, rotation, sealed };
}

function sealGroupInfo(
  room: RoomKeys,
  { pending, rotation }: MemberPending,
): Promise<Uint8Array<ArrayBuffer>> {
  const { group, groupInfo } = pending;
  const { envelopeKey, generation } = room.links.inForce();
  const { groupId, epoch } = group;
  return sealEnvelope(
    rotation?.link.envelopeKey ?? envelopeKey,
    room.roomId,
    {
      generation: rotation === undefined ? generation : generation + 1,
      kind: "group-info",
      groupId,
      epoch,
    },
    groupInfo,
  );
}
