import { beforeAll, describe, expect, it } from "vitest";
import { POLICY_EXTENSION_TYPE } from "../../../protocol/policy.ts";
import type { Extension } from "ts-mls/extension.js";
import type { Proposal } from "ts-mls/proposal.js";
import type { LeafIndex } from "../../../protocol/ids.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { doorData } from "../../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import { commitAsMember } from "../../../web/crypto-worker/mls/ts-mls-adapter.ts";
import { forgeMemberCommit, libraryAccepts, removeProposal } from "./forge.ts";
import {
  apply,
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  expectOk,
  exporterValue,
  type KeyPair,
  makeCall,
  makeDelegation,
  makeKeyPair,
  makePerson,
  makePolicy,
  makeRoom,
  makeSelf,
  type Person,
  type Room,
  signPolicy,
} from "./group-fixture.ts";

const policyProposal = (...extensions: readonly Extension[]): Proposal => ({
  proposalType: "group_context_extensions",
  groupContextExtensions: { extensions: [...extensions] },
});
const policyExtension = (extensionData: Bytes): Extension => ({
  extensionType: POLICY_EXTENSION_TYPE,
  extensionData,
});

let room: Room;
let host: Person;
let coHost: Person;
let coHostKey: KeyPair;
let call: Call;
let judge: MlsGroup;
let member: MlsGroup;
let roles: ReturnType<typeof makePolicy>["roles"];
beforeAll(async () => {
  room = await makeRoom();
  host = await makePerson();
  coHost = await makePerson();
  coHostKey = await makeKeyPair();
  roles = [
    { identityKey: host.identity.publicKey, role: "host", delegationSerial: 0 },
    { identityKey: coHost.identity.publicKey, role: "co-host", delegationSerial: 1 },
  ];
  call = await makeCall(4, { room, people: [host, coHost], policy: { roles } });
  judge = at(call.groups, 3);
  member = at(call.groups, 2);
});

const doorPolicyHash = new Uint8Array(32).fill(4);
const authenticatedData = doorData(doorPolicyHash);
const commitPolicy = (by: MlsGroup, signedPolicy: Bytes, removes: readonly LeafIndex[] = []) =>
  engine.commitPolicy(by, { signedPolicy, doorPolicyHash, removes });

const policyWith = (changes: Parameters<typeof makePolicy>[1]) =>
  makePolicy(room, { roles, serial: 1, ...changes });
const asCoHost = async (serial = 1) => ({
  key: coHostKey,
  delegation: await makeDelegation(room, coHostKey, "co-host", serial),
});
const verdictOn = async (extensions: readonly Extension[], by = member): Promise<string> => {
  const commit = await forgeMemberCommit(by, {
    proposals: [policyProposal(...extensions)],
    authenticatedData,
  });
  expect(await libraryAccepts(judge, commit)).toBe(true);
  return codeOf(await engine.judgeCommit(judge, commit));
};

describe("a new policy", () => {
  it("[MLS-3] signed by the host key, with the next serial, is taken by all", async () => {
    const signed = await signPolicy(room, policyWith({ mode: "knock", capacity: 9 }));
    const pending = expectOk(await commitPolicy(at(call.groups, 0), signed));
    expect(pending.change.kind).toBe("policy");
    const after = await apply(judge, pending.commit);
    expect(after.policy).toMatchObject({ serial: 1, mode: "knock", capacity: 9 });
    expect(after.signedPolicy).toEqual(signed);
    expect(await exporterValue(after)).toBe(await exporterValue(pending.group));
  });

  it.each([
    ["the same serial", 0],
    ["a serial two ahead", 2],
  ])("[POLICY-5] with %s is refused", async (_name, serial) => {
    const signed = await signPolicy(room, policyWith({ serial }));
    expect(await verdictOn([policyExtension(signed)])).toBe("policy-serial");
    expect(codeOf(await commitPolicy(at(call.groups, 0), signed))).toBe("policy-serial");
  });

  it("[POLICY-5] with the serial before is refused", async () => {
    const started = await makeCall(2, { room, policy: { roles, serial: 5 } });
    const signed = await signPolicy(room, policyWith({ serial: 4 }));
    const commit = await forgeMemberCommit(at(started.groups, 0), {
      proposals: [policyProposal(policyExtension(signed))],
      authenticatedData,
    });
    expect(codeOf(await engine.judgeCommit(at(started.groups, 1), commit))).toBe("policy-serial");
  });

  it("[POLICY-4] without a valid signature is refused", async () => {
    const signed = await signPolicy(room, policyWith({ locked: true }));
    signed[signed.length - 1] = (signed.at(-1) ?? 0) ^ 1;
    expect(await verdictOn([policyExtension(signed)])).toBe("policy-invalid");
  });

  it("[POLICY-3] signed by a key nobody delegated to is refused", async () => {
    const stranger = { ...room, hostKey: await makeKeyPair() };
    const signed = await signPolicy(stranger, policyWith({ locked: true }));
    expect(await verdictOn([policyExtension(signed)])).toBe("policy-invalid");
  });

  it("[POLICY-4] of another room is refused", async () => {
    const other = await makeRoom();
    const signed = await signPolicy(other, makePolicy(other, { serial: 1, roles }));
    expect(await verdictOn([policyExtension(signed)])).toBe("policy-invalid");
  });

  it("[POLICY-6] by a co-host may change mode, locked and bans", async () => {
    const stranger = await makePerson();
    const bans = [{ identityKey: stranger.identity.publicKey, memberId: stranger.memberId }];
    const policy = policyWith({ mode: "knock", locked: true, bans });
    const signed = await signPolicy(room, policy, await asCoHost());
    expect(await verdictOn([policyExtension(signed)], at(call.groups, 1))).toBe("passed");
  });

  it("[POLICY-6] by a co-host that changes roles or capacity is refused", async () => {
    const rest = roles.slice(1);
    for (const changes of [{ capacity: 99 }, { roles: rest }, { roles: roles.toReversed() }]) {
      const signed = await signPolicy(room, policyWith(changes), await asCoHost());
      expect(await verdictOn([policyExtension(signed)], at(call.groups, 1))).toBe(
        "policy-not-allowed",
      );
    }
  });

  it("[POLICY-3] by a delegate whose serial the policy does not list, or no longer, is refused", async () => {
    const signed = await signPolicy(room, policyWith({ locked: true }), await asCoHost(2));
    expect(await verdictOn([policyExtension(signed)], at(call.groups, 1))).toBe(
      "policy-not-allowed",
    );
  });
});

describe("extensions of the GroupContext", () => {
  it("[MLS-7] other than the policy are refused, from anyone, though ts-mls takes them", async () => {
    const signed = await signPolicy(room, policyWith({}));
    const custom: Extension = { extensionType: 0xf50e, extensionData: new Uint8Array([1]) };
    const policy = policyExtension(signed);
    for (const extensions of [[custom], [policy, custom], [custom, policy], [policy, policy]]) {
      expect(await verdictOn(extensions)).toBe("extension-unexpected");
    }
  });

  it("[MLS-7] external senders are refused", async () => {
    const signed = await signPolicy(room, policyWith({}));
    const { publicKey } = await makeKeyPair();
    // ExternalSender: signature key, then a BasicCredential (RFC 9420 §12.1.8.1).
    const extensionData = new Uint8Array([32, ...publicKey, 0, 1, 1, 65]);
    const senders: Extension = { extensionType: "external_senders", extensionData };
    expect(await verdictOn([policyExtension(signed), senders])).toBe("extension-unexpected");
  });

  it("[MLS-7] none at all is refused: the policy can't be taken away", async () => {
    expect(await verdictOn([])).toBe("extension-unexpected");
  });

  it("[MLS-7] two new policies in one commit are refused", async () => {
    const signed = policyExtension(await signPolicy(room, policyWith({})));
    const proposals = [policyProposal(signed), policyProposal(signed)];
    // ts-mls does not even make it: the rule is its own, and ours stands behind it.
    await expect(forgeMemberCommit(member, { proposals, authenticatedData })).rejects.toThrow(
      /multiple/,
    );
  });
});

describe("a kick", () => {
  it("[MLS-3] by a host or a co-host passes, and the kicked one knows", async () => {
    for (const by of [at(call.groups, 0), at(call.groups, 1)]) {
      const pending = expectOk(await engine.commitKick(by, [member.ownLeaf]));
      const judged = expectOk(await engine.judgeCommit(judge, pending.commit));
      expect(judged.change).toMatchObject({ kind: "kick", committer: by.ownLeaf });
      const kicked = expectOk(await engine.judgeCommit(member, pending.commit));
      expect(kicked).toMatchObject({ type: "removed", change: { kind: "kick" } });
    }
  });

  it("[MLS-3] comes with a policy that bans, in one commit", async () => {
    const { identityKey, memberId } = at(judge.members, 2);
    const bans = [{ identityKey, memberId }];
    const signed = await signPolicy(room, policyWith({ bans, mode: "knock" }));
    const pending = expectOk(await commitPolicy(at(call.groups, 0), signed, [member.ownLeaf]));
    const after = await apply(judge, pending.commit);
    expect(after.policy.bans).toHaveLength(1);
    expect(after.members.map(({ leaf }) => leaf)).toEqual([0, 1, 3]);
  });

  it("[HOST-6] by a co-host does not reach whom the roles name", async () => {
    const byCoHost = at(call.groups, 1);
    expect(codeOf(await engine.commitKick(byCoHost, [at(call.groups, 0).ownLeaf]))).toBe(
      "removal-not-allowed",
    );
    const signed = await signPolicy(room, policyWith({}), await asCoHost());
    expect(codeOf(await commitPolicy(byCoHost, signed, [at(call.groups, 0).ownLeaf]))).toBe(
      "removal-not-allowed",
    );
    const commit = await forgeMemberCommit(byCoHost, { proposals: [removeProposal(0)] });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(codeOf(await engine.judgeCommit(judge, commit))).toBe("removal-not-allowed");
  });

  it("[HOST-6] of a co-host is the host's, and takes the role away with it", async () => {
    const { identityKey, memberId } = at(judge.members, 1);
    const changes = { bans: [{ identityKey, memberId }], roles: roles.slice(0, 1) };
    const signed = await signPolicy(room, policyWith(changes));
    const pending = expectOk(
      await commitPolicy(at(call.groups, 0), signed, [at(call.groups, 1).ownLeaf]),
    );
    const after = await apply(judge, pending.commit);
    const self = await makeSelf(room, coHost);
    const groupInfo = await engine.groupInfo(after);
    const back = { ...room, groupInfo, self, policyFloor: 0 };
    expect(codeOf(await engine.joinByExternalCommit(back))).toBe("banned");
  });

  it("[MLS-3] by a plain member is refused even beside a policy that the host signed", async () => {
    const signed = await signPolicy(room, policyWith({}));
    const { state, suite } = secretsOf(member);
    const extensions = [{ type: POLICY_EXTENSION_TYPE, data: signed }];
    const { commit } = await commitAsMember(
      state,
      [
        { type: "group-context-extensions", extensions },
        { type: "remove", leaf: 1 },
      ],
      authenticatedData,
      suite,
    );
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(codeOf(await engine.judgeCommit(judge, commit))).toBe("removal-not-allowed");
  });

  it("[MLS-3] is refused when only the policy beside it is forged", async () => {
    const signed = await signPolicy(room, policyWith({ capacity: 99 }), await asCoHost());
    const commit = await forgeMemberCommit(at(call.groups, 1), {
      proposals: [policyProposal(policyExtension(signed)), removeProposal(2)],
      authenticatedData,
    });
    expect(codeOf(await engine.judgeCommit(judge, commit))).toBe("policy-not-allowed");
  });
});

describe("the signature of a delegation", () => {
  it("[POLICY-3] by another host key is worth nothing", async () => {
    const stranger = { ...room, hostKey: await makeKeyPair() };
    const delegation = {
      ...(await makeDelegation(stranger, coHostKey, "co-host", 1)),
      hostKey: room.hostKey.publicKey,
    };
    const signed = await signPolicy(room, policyWith({ locked: true }), {
      key: coHostKey,
      delegation,
    });
    expect(await verdictOn([policyExtension(signed)], at(call.groups, 1))).toBe("policy-invalid");
  });
});
