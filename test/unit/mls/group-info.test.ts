import { beforeAll, describe, expect, it } from "vitest";
import type { ClientState } from "ts-mls/clientState.js";
import type { Extension } from "ts-mls/extension.js";
import { createGroupInfoWithExternalPubAndRatchetTree } from "ts-mls/createCommit.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { LIMITS } from "../../../protocol/limits.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import {
  encodeLedger,
  LEDGER_EXTENSION_TYPE,
} from "../../../web/crypto-worker/mls/filter/gone-ledger.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import {
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  makeCall,
  makeDelegation,
  makeGroupId,
  makeKeyPair,
  makePerson,
  makePolicy,
  makeRoom,
  makeSelf,
  signPolicy,
} from "./group-fixture.ts";

let call: Call;
let group: MlsGroup;
let groupInfo: Bytes;
beforeAll(async () => {
  call = await makeCall(3, { policy: { serial: 4 } });
  group = at(call.groups, 1);
  groupInfo = await engine.groupInfo(group);
});

type Changes = { readonly policyFloor?: number; readonly groupId?: Call["room"]["groupId"] };
/** Both ways to read a GroupInfo must come to one verdict. */
async function verdict(bytes: Bytes, changes: Changes = {}): Promise<string> {
  const options = { ...call.room, groupInfo: bytes, policyFloor: 0, ...changes };
  const inspected = codeOf(await engine.inspectGroupInfo(options));
  const self = await makeSelf({ ...call.room, ...changes }, await makePerson());
  const joined = codeOf(await engine.joinByExternalCommit({ ...options, self }));
  expect(joined).toBe(inspected);
  return joined;
}

const ledger: Extension = { extensionType: LEDGER_EXTENSION_TYPE, extensionData: encodeLedger([]) };
/** A GroupInfo that a member signs, whatever is in it. */
async function forge(
  change: (state: ClientState) => ClientState | Promise<ClientState>,
  extensions: readonly Extension[] = [ledger],
): Promise<Bytes> {
  const { state, suite } = secretsOf(group);
  const changed = await change(state);
  const forged = await createGroupInfoWithExternalPubAndRatchetTree(
    changed,
    [...extensions],
    suite,
  );
  const message = { version: "mls10", wireformat: "mls_group_info", groupInfo: forged } as const;
  return new Uint8Array(encodeMlsMessage(message));
}
const withExtensions =
  (...extensions: readonly Extension[]) =>
  (state: ClientState): ClientState => ({
    ...state,
    groupContext: { ...state.groupContext, extensions: [...extensions] },
  });
const same = (state: ClientState): ClientState => state;

describe("a GroupInfo", () => {
  it("[MLS-9] of a member, for this room and group, passes", async () => {
    expect(await verdict(groupInfo)).toBe("passed");
    expect(await verdict(await forge(same))).toBe("passed");
    expect(await verdict(groupInfo, { policyFloor: 4 })).toBe("passed");
  });

  it("[POLICY-4] with a policy older than the newest seen is refused", async () => {
    expect(await verdict(groupInfo, { policyFloor: 5 })).toBe("policy-older");
  });

  it("[MLS-9] of another group is refused", async () => {
    expect(await verdict(groupInfo, { groupId: makeGroupId() })).toBe("group-other");
  });

  it("[POLICY-1] with another room's policy is refused", async () => {
    const other = await makeRoom();
    const extensionData = await signPolicy(other, makePolicy(other));
    const policy: Extension = { extensionType: 0xf50c, extensionData };
    expect(await verdict(await forge(withExtensions(policy)))).toBe("policy-invalid");
  });

  it("[POLICY-3] with the policy of a delegate whom it does not list is refused", async () => {
    const key = await makeKeyPair();
    const delegation = await makeDelegation(call.room, key, "host", 3);
    const extensionData = await signPolicy(call.room, makePolicy(call.room), { key, delegation });
    const policy: Extension = { extensionType: 0xf50c, extensionData };
    expect(await verdict(await forge(withExtensions(policy)))).toBe("policy-invalid");
  });

  it("[MLS-7] with a GroupContext extension of any other kind, or none, is refused", async () => {
    const extra: Extension = { extensionType: 0xf50e, extensionData: new Uint8Array() };
    const policy: Extension = { extensionType: 0xf50c, extensionData: group.signedPolicy };
    for (const extensions of [[], [extra], [policy, extra], [extra, policy]]) {
      expect(await verdict(await forge(withExtensions(...extensions)))).toBe(
        "extension-unexpected",
      );
    }
  });

  it("[MLS-8] without its ledger, with two, or with more than it should carry, is refused", async () => {
    const extra: Extension = { extensionType: 0xf50e, extensionData: new Uint8Array() };
    for (const extensions of [[], [ledger, ledger], [ledger, extra]]) {
      expect(await verdict(await forge(same, extensions))).toBe("extension-unexpected");
    }
  });

  it("[MLS-8] whose ledger no honest member would hold is refused", async () => {
    const rows = [{ epoch: 99, remover: new Uint8Array(32), count: 1 }];
    const lying = { ...ledger, extensionData: encodeLedger(rows) };
    expect(await verdict(await forge(same, [lying]))).toBe("ledger-malformed");
  });

  it("[LEAF-2] with one leaf whose credential is not its own is refused, whoever signs it", async () => {
    const forged = await forge(async (state) => {
      const stolen = at(group.members, 0).credential;
      const ratchetTree = state.ratchetTree.map((node, index) =>
        index === 4 && node?.nodeType === "leaf"
          ? {
              ...node,
              leaf: {
                ...node.leaf,
                credential: { credentialType: "basic", identity: stolen } as const,
              },
            }
          : node,
      );
      const treeHash = await treeHashRoot(ratchetTree, secretsOf(group).suite.hash);
      return { ...state, ratchetTree, groupContext: { ...state.groupContext, treeHash } };
    });
    expect(await verdict(forged)).toBe("leaf-invalid");
  });

  it("[MLS-9] whose tree is not the one it names is refused", async () => {
    const forged = await forge((state) => ({
      ...state,
      groupContext: { ...state.groupContext, treeHash: new Uint8Array(32) },
    }));
    expect(await verdict(forged)).toBe("group-info-invalid");
  });

  it("[MLS-9] cut, trailed or with any bit turned is refused", async () => {
    for (let length = 0; length < groupInfo.length; length += 29) {
      expect(await verdict(groupInfo.slice(0, length))).toBe("group-info-malformed");
    }
    expect(await verdict(new Uint8Array([...groupInfo, 0]))).toBe("group-info-malformed");
    for (let index = 0; index < groupInfo.length; index += 31) {
      const damaged = groupInfo.slice();
      damaged[index] = (damaged[index] ?? 0) ^ (1 << (index % 8));
      expect(await verdict(damaged)).not.toBe("passed");
    }
  });

  it("[MLS-9] larger than one can be is refused unread", async () => {
    expect(await verdict(new Uint8Array(LIMITS.groupInfoBytes + 1))).toBe("group-info-too-large");
  });

  it("[MLS-9] tells who is in the call before anyone joins", async () => {
    const inspected = await engine.inspectGroupInfo({ ...call.room, groupInfo, policyFloor: 0 });
    expect(inspected.ok && inspected.value.members).toEqual(group.members);
  });
});
