import type { Epoch, GroupId, LeafIndex, RoomId } from "../../../protocol/ids.ts";
import type { GoneRow, MlsGroup, MlsMember, MlsSecrets, SelfLeaf } from "../../core/mls-engine.ts";
import type { SignedGroupPolicy } from "./filter/group-policy.ts";
import {
  type ClientState,
  confirmedTranscriptHash,
  ownLeaf,
  type Suite,
} from "./ts-mls-adapter.ts";

/** What `MlsGroup.secrets` is to the engine. */
export type GroupSecrets = {
  readonly state: ClientState;
  readonly suite: Suite;
  readonly self: SelfLeaf;
  /** Members of retained past epochs: whose messages of then may still come. */
  readonly pastMembers: ReadonlyMap<number, readonly MlsMember[]>;
};

export const secretsOf = (group: MlsGroup): GroupSecrets =>
  group.secrets as unknown as GroupSecrets;

const seal = (secrets: GroupSecrets): MlsSecrets => secrets as unknown as MlsSecrets;

export const makeGroup = (
  parts: {
    readonly roomId: RoomId;
    readonly groupId: GroupId;
    readonly members: readonly MlsMember[];
    readonly policy: Pick<SignedGroupPolicy, "policy" | "bytes">;
    readonly goneLedger: readonly GoneRow[];
  },
  secrets: GroupSecrets,
): MlsGroup => ({
  roomId: parts.roomId,
  groupId: parts.groupId,
  epoch: Number(secrets.state.groupContext.epoch) as Epoch,
  ownLeaf: ownLeaf(secrets.state) as LeafIndex,
  members: parts.members,
  policy: parts.policy.policy,
  signedPolicy: parts.policy.bytes,
  confirmedTranscriptHash: confirmedTranscriptHash(secrets.state),
  goneLedger: parts.goneLedger,
  secrets: seal(secrets),
});

/** The same group with other message keys. */
export const withState = (group: MlsGroup, state: ClientState): MlsGroup => ({
  ...group,
  secrets: seal({ ...secretsOf(group), state }),
});
