import type { MemberId } from "../../protocol/ids.ts";
import type { GroupChange, GroupRoleView, GroupView } from "./call-crypto.ts";

/** What a host did, as the commit shows it. SPEC HOST-8. */
export type HostDeed =
  | {
      readonly type: "removed" | "unbanned" | "made-co-host" | "unmade-co-host";
      readonly memberId: MemberId;
    }
  | { readonly type: "capacity"; readonly people: number }
  | {
      readonly type:
        | "locked"
        | "unlocked"
        | "knocking-on"
        | "knocking-off"
        | "new-link"
        | "host-link-made"
        | "host-link-withdrawn";
    };

/** The difference that a host's commit made: policies, members and link before and after. */
export function deedsOf(
  change: GroupChange,
  before: GroupView,
  after: GroupView,
  isNewLink: boolean,
): readonly HostDeed[] {
  if (change.kind !== "policy" && change.kind !== "kick") return [];
  const removed = before.members.filter(({ leaf }) => change.removed.includes(leaf));
  const deeds: HostDeed[] = removed.map(({ memberId }) => ({ type: "removed", memberId }));
  const banned = new Set(after.bans.map(({ memberId }) => memberId));
  for (const { memberId } of before.bans) {
    if (!banned.has(memberId)) deeds.push({ type: "unbanned", memberId });
  }
  for (const role of missingFrom(before.roles, after.roles)) {
    deeds.push(
      role.memberId === undefined
        ? { type: "host-link-made" }
        : { type: "made-co-host", memberId: role.memberId },
    );
  }
  for (const { memberId } of missingFrom(after.roles, before.roles)) {
    if (memberId === undefined) deeds.push({ type: "host-link-withdrawn" });
    else if (removed.every((member) => member.memberId !== memberId))
      deeds.push({ type: "unmade-co-host", memberId });
  }
  if (before.locked !== after.locked) deeds.push({ type: after.locked ? "locked" : "unlocked" });
  if (before.mode !== after.mode)
    deeds.push({ type: after.mode === "knock" ? "knocking-on" : "knocking-off" });
  if (before.capacity !== after.capacity) deeds.push({ type: "capacity", people: after.capacity });
  if (isNewLink) deeds.push({ type: "new-link" });
  return deeds;
}

/** Delegations of the second list whose serial the first has not; the host's own devices, at serial 0, are none. */
function missingFrom(
  known: readonly GroupRoleView[],
  roles: readonly GroupRoleView[],
): readonly GroupRoleView[] {
  const serials = new Set(known.map(({ delegationSerial }) => delegationSerial));
  return roles.filter(
    ({ delegationSerial }) => delegationSerial > 0 && !serials.has(delegationSerial),
  );
}
