import { equalBytes } from "../../../protocol/bytes.ts";
import { type Delegation, delegationBoundBytes, type Role } from "../../../protocol/delegation.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import type { LeafIndex, RoomId } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { GroupPolicy, GroupRole } from "../../../protocol/policy.ts";
import type { MemberCommit } from "../../core/call-crypto.ts";
import type { MlsGroup, MlsMember } from "../../core/mls-engine.ts";
import { makeSeed, sign } from "../keys/signing-key.ts";
import { roleOf } from "../mls/filter/group-policy.ts";
import type { HostKey } from "./host-keys.ts";
import type { RoomKeys } from "./room-keys.ts";

export type PolicyCommit = Extract<
  MemberCommit,
  { readonly kind: "policy" | "kick" | "host-link" }
>;

/** What a commit will make of the policy. */
export type NextPolicy = {
  readonly policy: GroupPolicy;
  readonly removes: readonly LeafIndex[];
  readonly isNewLink: boolean;
  readonly hostLink: HostLink | undefined;
};

/** The policy after a commit of ours; `undefined` where it speaks of members that are not there, needs the host key itself, or is more than a policy holds. Who may is judged by the filter, as with everybody's. */
export async function nextPolicy(
  room: RoomKeys,
  group: MlsGroup,
  acting: HostKey,
  commit: PolicyCommit,
): Promise<NextPolicy | undefined> {
  const wanted = await makeNext(room, group, acting, commit);
  const isWithinLimits =
    wanted !== undefined &&
    wanted.policy.bans.length <= LIMITS.bans &&
    wanted.policy.roles.length <= LIMITS.roles;
  return isWithinLimits ? wanted : undefined;
}

async function makeNext(
  room: RoomKeys,
  group: MlsGroup,
  acting: HostKey,
  commit: PolicyCommit,
): Promise<NextPolicy | undefined> {
  const { policy: before } = group;
  const base: GroupPolicy = {
    ...before,
    serial: before.serial + 1,
    roles: withOwnRole(before.roles, room, acting),
  };
  if (commit.kind === "kick") return afterKick(group, base, acting, commit.leaves);
  if (commit.kind === "host-link") {
    const { role, expiresAtSec } = commit;
    if (acting.delegation !== undefined) return undefined;
    const { seed, publicKey } = await makeSeed();
    const delegation = await delegate(room.roomId, acting, {
      delegateKey: publicKey,
      role,
      serial: base.serial,
      expiresAtSec,
    });
    const roles = [...base.roles, { role, delegationSerial: base.serial }];
    return next({ ...base, roles }, { hostLink: { seed, delegation } });
  }
  const { mode, locked, capacity, unban = [], withdraw = [], coHost, newLink } = commit.changes;
  let roles = base.roles.filter(
    ({ delegationSerial }) => delegationSerial === 0 || !withdraw.includes(delegationSerial),
  );
  if (coHost !== undefined) {
    const member = group.members.find(({ leaf }) => leaf === coHost.leaf);
    if (member === undefined || acting.delegation !== undefined) return undefined;
    if (roleOf(base, member.identityKey) !== undefined) return undefined;
    const role = await coHostRole(room.roomId, acting, member, base.serial, coHost.expiresAtSec);
    roles = [...roles, role];
  }
  return next(
    withNewLink(
      {
        ...base,
        mode: mode ?? base.mode,
        locked: locked ?? base.locked,
        capacity: capacity ?? base.capacity,
        bans: base.bans.filter(({ memberId }) => !unban.includes(memberId)),
        roles,
      },
      newLink === true,
    ),
    { isNewLink: newLink === true },
  );
}

const next = (policy: GroupPolicy, rest: Partial<Omit<NextPolicy, "policy">>): NextPolicy => ({
  removes: [],
  isNewLink: false,
  hostLink: undefined,
  ...rest,
  policy,
});

const withNewLink = (policy: GroupPolicy, isNew: boolean): GroupPolicy =>
  isNew ? { ...policy, linkGeneration: (policy.linkGeneration ?? 0) + 1 } : policy;

/** A ban of keys alone is undone by a private window, so from an open room the link goes too, and whoever has the new one knocks. */
function afterKick(
  group: MlsGroup,
  base: GroupPolicy,
  acting: HostKey,
  leaves: readonly LeafIndex[],
): NextPolicy | undefined {
  const kicked = group.members.filter(({ leaf }) => leaves.includes(leaf));
  if (kicked.length === 0 || kicked.length !== leaves.length) return undefined;
  const isKicked = ({ identityKey }: GroupRole): boolean =>
    identityKey !== undefined &&
    kicked.some((member) => equalBytes(member.identityKey, identityKey));
  const isNewLink = base.mode === "open";
  const policy: GroupPolicy = {
    ...base,
    mode: "knock",
    bans: [
      ...base.bans.filter(({ memberId }) => kicked.every((member) => member.memberId !== memberId)),
      ...kicked.map(({ identityKey, memberId }) => ({ identityKey, memberId })),
    ],
    // No ban holds against a role; only a host may take one away (SPEC HOST-6).
    roles: acting.role === "host" ? base.roles.filter((role) => !isKicked(role)) : base.roles,
  };
  return next(withNewLink(policy, isNewLink), { removes: leaves, isNewLink });
}

/** Whoever acts by the host key or a host link is named in the roles from then on. SPEC HOST-5. */
function withOwnRole(
  roles: readonly GroupRole[],
  { identity, memberId }: RoomKeys,
  { delegation }: HostKey,
): readonly GroupRole[] {
  const own = { identityKey: identity.publicKey, memberId };
  if (delegation !== undefined) {
    return roles.map((entry) =>
      entry.delegationSerial === delegation.serial && entry.delegation === undefined
        ? { ...entry, ...own }
        : entry,
    );
  }
  const isNamed = roles.some(
    ({ identityKey }) => identityKey !== undefined && equalBytes(identityKey, own.identityKey),
  );
  return isNamed ? roles : [...roles, { ...own, role: "host", delegationSerial: 0 }];
}

async function coHostRole(
  roomId: RoomId,
  host: HostKey,
  { identityKey, memberId }: MlsMember,
  serial: number,
  expiresAtSec: number,
): Promise<GroupRole> {
  const role: Role = "co-host";
  const delegateKey = new Uint8Array(identityKey);
  const delegation = await delegate(roomId, host, { delegateKey, role, serial, expiresAtSec });
  return { identityKey: delegateKey, memberId, role, delegationSerial: serial, delegation };
}

const delegate = async (
  roomId: RoomId,
  host: HostKey,
  given: Omit<Delegation, "hostKey" | "signature">,
): Promise<Delegation> => ({
  ...given,
  hostKey: host.key.publicKey,
  signature: await sign(host.key, delegationBoundBytes(roomId, given)),
});
