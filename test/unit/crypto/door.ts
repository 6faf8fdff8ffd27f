import { doorChangeCodec } from "../../../protocol/door-change.ts";
import { importEnvelopeKey, NO_GROUP_ID, sealEnvelope } from "../../../protocol/envelope.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import type { Epoch, GroupId, LeafIndex, MemberId } from "../../../protocol/ids.ts";
import { deriveLinkKeys } from "../../../protocol/link.ts";
import { verifyDoorPolicy } from "../../../protocol/policy.ts";
import type {
  CallCrypto,
  GroupView,
  MemberCommit,
  PendingCommit,
} from "../../../web/core/call-crypto.ts";
import type { PolicyChanges } from "../../../web/core/call-admission.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import {
  callOf,
  enterRoom,
  join,
  makeRoom,
  type Member,
  nth,
  startCall,
  take,
  type TestCall,
  unwrap,
} from "./members.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A call of an open room whose first member is the host. */
export const hostedCall = (size: number): Promise<TestCall> =>
  callOf(size, { hostVault: createMemoryVault() });

/** A call of a room that asks for admission, with its host alone in it. */
export async function knockCall(): Promise<TestCall> {
  const vault = createMemoryVault();
  const room = await makeRoom(vault, "knock");
  return startCall(room, await enterRoom(room, { vault, fingerprint: 1 }));
}

/** Somebody knocks, and `by` lets them in: what the room brings them. */
export async function admitted(
  call: TestCall,
  newcomer: Member,
  by = nth(call, 0),
): Promise<Bytes> {
  const { policy } = call.room;
  const sealed = unwrap(await newcomer.crypto.sealKnock({ name: "Ada", policy }));
  const knock = unwrap(await by.crypto.openKnock({ from: newcomer.memberId, sealed }));
  return unwrap(await by.crypto.admit(knock));
}

export const groupIdOf = async (call: TestCall): Promise<GroupId> => (await viewOf(call)).groupId;

/** The group as its first member has it. */
export async function viewOf(call: TestCall): Promise<GroupView> {
  const pending = unwrap(await nth(call, 0).crypto.prepareCommit({ kind: "update" }));
  await nth(call, 0).crypto.discardPending();
  return pending.view;
}

export const leavesOf = async (call: TestCall, memberId: MemberId): Promise<LeafIndex[]> =>
  (await viewOf(call)).members.flatMap((member) =>
    member.memberId === memberId ? [member.leaf] : [],
  );

/** GroupInfo for whoever holds a ticket, from `by`. */
export async function askByTicket(
  call: TestCall,
  holder: Member,
  by = nth(call, 0),
): ReturnType<CallCrypto["answerTicket"]> {
  const groupId = await groupIdOf(call);
  const { policy } = call.room;
  const sealed = unwrap(await holder.crypto.sealTicket({ groupId, policy }));
  return by.crypto.answerTicket({ from: holder.memberId, sealed });
}

/** A join by ticket: shown to a member, answered, committed. */
export async function joinByTicket(call: TestCall, holder: Member): Promise<TestCall> {
  const { sealed: groupInfo } = unwrap(await askByTicket(call, holder));
  const { policy } = call.room;
  const pending = unwrap(await holder.crypto.prepareJoin({ groupInfo, policy }));
  return take(call, holder, pending);
}

/** Knock, admission, ticket, join. */
export async function letIn(call: TestCall, newcomer: Member): Promise<TestCall> {
  unwrap(await newcomer.crypto.takeAdmission(await admitted(call, newcomer)));
  return joinByTicket(call, newcomer);
}

/** A member's commit, taken and judged by all. */
export async function commitAs(call: TestCall, by: Member, wish: MemberCommit): Promise<TestCall> {
  return take(call, by, unwrap(await by.crypto.prepareCommit(wish)));
}

/** What a member says of a commit, as it comes with whatever beside it. */
export async function verdictOn(
  member: Member,
  pending: PendingCommit,
  doorChange = pending.doorChange,
): Promise<string> {
  const { epoch, commit: sealed } = pending;
  const verdict = await member.crypto.judge({
    seq: 99 as Parameters<CallCrypto["judge"]>[0]["seq"],
    epoch,
    commit: sealed,
    doorChange,
  });
  return verdict.type === "refused" ? verdict.code : verdict.type;
}

/** When delegations of these tests run out. */
export const EXPIRES = 2_000_000_000;
export const codeOf = (result: {
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}) => (result.ok ? "ok" : result.error?.code);
export const wish = (changes: PolicyChanges) => ({ kind: "policy", changes }) as const;

/** The door policy beside a commit, as the room reads it. */
export async function doorOf(call: TestCall, { doorChange }: PendingCommit) {
  if (doorChange === undefined) throw new Error("expected a change at the door");
  const { doorPolicy } = unwrap(doorChangeCodec.decode(doorChange));
  return unwrap(await verifyDoorPolicy(call.room.roomId, doorPolicy));
}

/** A host link, made by the host and in the policy. */
export async function withHostLink(
  call: TestCall,
  role: "host" | "co-host" = "co-host",
): Promise<{ readonly call: TestCall; readonly hostLink: HostLink }> {
  const host = nth(call, 0);
  const asked = { kind: "host-link", role, expiresAtSec: EXPIRES } as const;
  const pending = unwrap(await host.crypto.prepareCommit(asked));
  if (pending.hostLink === undefined) throw new Error("expected a host link");
  return { call: await take(call, host, pending), hostLink: pending.hostLink };
}

/** A call of host, member and somebody who came by a co-host's link. */
export async function withCoHost() {
  const { call, hostLink } = await withHostLink(await hostedCall(2));
  const coHost = await enterRoom(call.room, { hostLink, fingerprint: 9 });
  return { call: await join(call, coHost), coHost, hostLink };
}

/** What anybody with the link can seal, whatever is in it. */
export async function sealedByLink(
  call: TestCall,
  kind: "knock" | "ticket" | "admission",
  content: Uint8Array<ArrayBuffer>,
  groupId: GroupId = NO_GROUP_ID,
): Promise<Uint8Array<ArrayBuffer>> {
  const { envelope } = await deriveLinkKeys(call.room.secret);
  const header = { generation: 0, kind, groupId, epoch: 0 as Epoch };
  return sealEnvelope(await importEnvelopeKey(envelope), call.room.roomId, header, content);
}
