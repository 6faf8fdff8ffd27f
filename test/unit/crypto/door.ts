import type { GroupId, LeafIndex, MemberId } from "../../../protocol/ids.ts";
import type {
  CallCrypto,
  GroupView,
  MemberCommit,
  PendingCommit,
} from "../../../web/core/call-crypto.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import {
  callOf,
  enterRoom,
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
  return unwrap(await by.crypto.admit(knock.memberId));
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
export async function commit(call: TestCall, by: Member, wish: MemberCommit): Promise<TestCall> {
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
