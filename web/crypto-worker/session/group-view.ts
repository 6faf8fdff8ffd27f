import { toBase64Url } from "../../../protocol/bytes.ts";
import type { Epoch } from "../../../protocol/ids.ts";
import type { GroupPolicy } from "../../../protocol/policy.ts";
import type { GroupChange, GroupMember, GroupView } from "../../core/call-crypto.ts";
import type { MlsChange, MlsGroup, MlsMember } from "../../core/mls-engine.ts";
import { roleOf } from "../mls/filter/group-policy.ts";
import { actingKey } from "./host-keys.ts";
import type { RoomKeys } from "./room-keys.ts";

const groupMember = (policy: GroupPolicy, member: MlsMember): GroupMember => ({
  leaf: member.leaf,
  memberId: member.memberId,
  identityKey: toBase64Url(member.identityKey),
  dtlsFingerprint: member.dtlsFingerprint,
  role: roleOf(policy, member.identityKey),
});

/** What the page may know of a group. */
export const groupView = (room: RoomKeys, group: MlsGroup): GroupView => {
  const { groupId, epoch, ownLeaf, policy } = group;
  const { mode, locked, capacity, serial: policySerial } = policy;
  return {
    groupId,
    epoch,
    ownLeaf,
    members: group.members.map((member) => groupMember(policy, member)),
    mode,
    locked,
    capacity,
    policySerial,
    roles: policy.roles.map(({ identityKey, memberId, role, delegationSerial }) => ({
      identityKey: identityKey && toBase64Url(identityKey),
      memberId,
      role,
      delegationSerial,
    })),
    bans: policy.bans.map(({ identityKey, memberId }) => ({
      identityKey: toBase64Url(identityKey),
      memberId,
    })),
    ownRole: actingKey(room, policy)?.role,
  };
};

/** The group as one leaves it by force: the next epoch, whose keys one never gets, without those removed. */
export function viewAfterRemoval(room: RoomKeys, group: MlsGroup, change: MlsChange): GroupView {
  const removed = new Set(change.removed.map(({ leaf }) => leaf));
  const view = groupView(room, group);
  return {
    ...view,
    epoch: (group.epoch + 1) as Epoch,
    members: view.members.filter(({ leaf }) => !removed.has(leaf)),
  };
}

export const groupChange = (change: MlsChange): GroupChange => ({
  kind: change.kind,
  committer: change.committer,
  added: change.added?.leaf,
  removed: change.removed.map(({ leaf }) => leaf),
});
