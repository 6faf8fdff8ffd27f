import { toBase64Url } from "../../../protocol/bytes.ts";
import type { Epoch } from "../../../protocol/ids.ts";
import type { GroupChange, GroupMember, GroupView } from "../../core/call-crypto.ts";
import type { MlsChange, MlsGroup, MlsMember } from "../../core/mls-engine.ts";

const groupMember = (member: MlsMember): GroupMember => ({
  leaf: member.leaf,
  memberId: member.memberId,
  identityKey: toBase64Url(member.identityKey),
  dtlsFingerprint: member.dtlsFingerprint,
});

/** What the page may know of a group. */
export const groupView = (group: MlsGroup): GroupView => ({
  groupId: group.groupId,
  epoch: group.epoch,
  ownLeaf: group.ownLeaf,
  members: group.members.map(groupMember),
  mode: group.policy.mode,
  policySerial: group.policy.serial,
});

/** The group as one leaves it by force: the next epoch, whose keys one never gets, without those removed. */
export function viewAfterRemoval(group: MlsGroup, change: MlsChange): GroupView {
  const removed = new Set(change.removed.map(({ leaf }) => leaf));
  return {
    ...groupView(group),
    epoch: (group.epoch + 1) as Epoch,
    members: group.members.filter(({ leaf }) => !removed.has(leaf)).map(groupMember),
  };
}

export const groupChange = (change: MlsChange): GroupChange => ({
  kind: change.kind,
  committer: change.committer,
  added: change.added?.leaf,
  removed: change.removed.map(({ leaf }) => leaf),
});
