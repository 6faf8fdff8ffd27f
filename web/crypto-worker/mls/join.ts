import { isSignerListed } from "../../../protocol/delegation.ts";
import type { GroupId, RoomId } from "../../../protocol/ids.ts";
import { equalBytes } from "../../../protocol/bytes.ts";
import { asksAdmission, POLICY_EXTENSION_TYPE } from "../../../protocol/policy.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { Ticket } from "../../../protocol/ticket.ts";
import type {
  CommitFailure,
  GroupInfoFailure,
  MlsGroup,
  MlsPending,
  SelfLeaf,
} from "../../core/mls-engine.ts";
import { ticketData } from "./filter/authenticated-data.ts";
import { encodeLedger, LEDGER_EXTENSION_TYPE } from "./filter/gone-ledger.ts";
import { readContextPolicy } from "./filter/group-policy.ts";
import { judgeOutcome, planCommit } from "./filter/judge-commit.ts";
import { readMembers } from "./filter/members.ts";
import { makeGroup, secretsOf } from "./group.ts";
import { idBytes, readGroupInfo } from "./group-info.ts";
import {
  type Bytes,
  createState,
  decodeCommit,
  encodeGroupInfo as encode,
  groupSnapshot,
  joinExternally,
  readOwnExternalCommit,
  resyncAlone,
  suiteOne,
} from "./ts-mls-adapter.ts";

type Failure = GroupInfoFailure | CommitFailure;

export const encodeGroupInfo = (group: MlsGroup): Promise<Bytes> => {
  const { state, suite } = secretsOf(group);
  const ledger = { type: LEDGER_EXTENSION_TYPE, data: encodeLedger(group.goneLedger) };
  return encode(state, [ledger], suite);
};

export async function createGroup(options: {
  readonly roomId: RoomId;
  readonly groupId: GroupId;
  readonly signedPolicy: Bytes;
  readonly self: SelfLeaf;
}): Promise<Result<{ readonly group: MlsGroup; readonly groupInfo: Bytes }, GroupInfoFailure>> {
  const { roomId, groupId, self } = options;
  const extensions = [{ type: POLICY_EXTENSION_TYPE, data: options.signedPolicy }];
  const policy = await readContextPolicy(roomId, extensions);
  if (!policy.ok) return policy;
  if (!isSignerListed(policy.value.policy.roles, policy.value.signer))
    return fail("policy-invalid");
  const suite = await suiteOne(self.signingKey);
  const state = await createState(idBytes(groupId), extensions, self, suite);
  const members = await readMembers({ roomId, groupId }, groupSnapshot(state), []);
  if (!members.ok) return members;
  const group = makeGroup(
    { roomId, groupId, members: members.value, policy: policy.value, goneLedger: [] },
    { state, suite, self, pastMembers: new Map() },
  );
  return ok({ group, groupInfo: await encodeGroupInfo(group) });
}

export async function joinByExternalCommit(options: {
  readonly roomId: RoomId;
  readonly groupId: GroupId;
  readonly groupInfo: Bytes;
  readonly self: SelfLeaf;
  readonly policyFloor: number;
  readonly ticket?: Ticket | undefined;
}): Promise<Result<MlsPending, Failure>> {
  const { roomId, groupId, self, ticket } = options;
  const read = await readGroupInfo(options);
  if (!read.ok) return read;
  const { groupInfo, members, policy, goneLedger, snapshot } = read.value;
  const own = members.find(({ identityKey }) => equalBytes(identityKey, self.identityKey));
  const suite = await suiteOne(self.signingKey);
  const isTicketAsked = own === undefined && asksAdmission(policy.policy);
  const authenticatedData =
    isTicketAsked && ticket !== undefined ? ticketData(ticket) : new Uint8Array();
  const joined =
    own !== undefined && members.length === 1
      ? await resyncAlone(groupInfo, own.leaf, self, suite)
      : await joinExternally({
          groupInfo,
          resync: own !== undefined,
          authenticatedData,
          self,
          suite,
        });
  if (joined === undefined) return fail("group-info-invalid");

  // Our own commit goes through the filter of those who will judge it, over the group as they have it.
  const decoded = decodeCommit(joined.commit);
  if (typeof decoded === "string") return fail("commit-invalid");
  const commit = readOwnExternalCommit(decoded.commit);
  const secrets = { state: joined.state, suite, self, pastMembers: new Map() };
  const as = { roomId, groupId, policy };
  const seen = { ...makeGroup({ ...as, members, goneLedger }, secrets), epoch: read.value.epoch };
  const commitCase = { group: seen, before: snapshot, commit };
  const plan = await planCommit(commitCase);
  if (!plan.ok) return plan;
  const passed = await judgeOutcome(commitCase, plan.value, groupSnapshot(joined.state));
  if (!passed.ok) return passed;
  const { change } = passed.value;
  const group = makeGroup({ ...as, ...passed.value }, secrets);
  return ok({ group, commit: joined.commit, groupInfo: await encodeGroupInfo(group), change });
}
