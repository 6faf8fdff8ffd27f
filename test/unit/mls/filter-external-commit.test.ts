import { beforeAll, describe, expect, it } from "vitest";
import { utf8 } from "../../../protocol/bytes.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import { groupSnapshot } from "../../../web/crypto-worker/mls/ts-mls-adapter.ts";
import { planCommit } from "../../../web/crypto-worker/mls/filter/judge-commit.ts";
import type { ProposalSnapshot } from "../../../web/crypto-worker/mls/filter/snapshot.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { commitCaseOf, forgeExternalCommit, libraryAccepts } from "./forge.ts";
import {
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  expectOk,
  makeCall,
  makeGroupId,
  makePerson,
  makeRoom,
  makeSelf,
} from "./group-fixture.ts";

let call: Call;
let judge: MlsGroup;
let groupInfo: Bytes;
beforeAll(async () => {
  call = await makeCall(4);
  judge = at(call.groups, 0);
  groupInfo = await engine.groupInfo(judge);
});

const verdict = async (commit: Bytes, by: MlsGroup = judge): Promise<string> =>
  codeOf(await engine.judgeCommit(by, commit));

describe("an external commit", () => {
  it("[MLS-2] by a stranger with a leaf of their own passes", async () => {
    const self = await makeSelf(call.room, await makePerson());
    expect(await verdict(await forgeExternalCommit({ groupInfo, self }))).toBe("passed");
  });

  it("[MLS-2] that removes somebody else is refused, though ts-mls takes it", async () => {
    const self = await makeSelf(call.room, await makePerson());
    const commit = await forgeExternalCommit({ groupInfo, self, removes: 2 });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("removal-not-allowed");
    expect(await verdict(commit, at(call.groups, 2))).toBe("removal-not-allowed");
  });

  it("[LEAF-2] with a second leaf for an identity in the tree is refused, though ts-mls takes it", async () => {
    const { identity } = at(call.people, 2);
    const self = await makeSelf(call.room, await makePerson({ identity }));
    const commit = await forgeExternalCommit({ groupInfo, self });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-duplicate");
  });

  it("[LEAF-2] with a second leaf for a member id in the tree is refused, though ts-mls takes it", async () => {
    const { device } = at(call.people, 2);
    const self = await makeSelf(call.room, await makePerson({ device }));
    const commit = await forgeExternalCommit({ groupInfo, self });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-duplicate");
  });

  it("[MLS-2] that comes back under another member id is refused", async () => {
    const { identity } = at(call.people, 2);
    const self = await makeSelf(call.room, await makePerson({ identity }));
    const commit = await forgeExternalCommit({ groupInfo, self, removes: 2 });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("resync-other-member");
  });

  it("[LEAF-2] whose credential another device signed is refused", async () => {
    const person = await makePerson();
    const { credential } = await makeSelf(call.room, person);
    const other = await makeSelf(call.room, await makePerson());
    // The second device's key in front of the first device's signature.
    const forged = new Uint8Array(credential);
    forged.set(other.credential.subarray(1, 33), 1);
    const self = { ...(await makeSelf(call.room, person)), credential: forged };
    const commit = await forgeExternalCommit({ groupInfo, self });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-invalid");
  });

  it("[LEAF-2] whose credential was signed for another identity is refused", async () => {
    const { credential } = at(judge.members, 1);
    const self = { ...(await makeSelf(call.room, await makePerson())), credential };
    const commit = await forgeExternalCommit({ groupInfo, self });
    expect(await verdict(commit)).toBe("leaf-invalid");
  });

  it("[LEAF-2] whose credential was signed for another group is refused", async () => {
    const other = { ...call.room, groupId: makeGroupId() };
    const self = await makeSelf(other, await makePerson());
    const commit = await forgeExternalCommit({ groupInfo, self });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-invalid");
  });

  it("[LEAF-2] whose credential was signed for another room is refused", async () => {
    const other = { ...(await makeRoom()), groupId: call.room.groupId };
    const self = await makeSelf(other, await makePerson());
    expect(await verdict(await forgeExternalCommit({ groupInfo, self }))).toBe("leaf-invalid");
  });

  it("[LEAF-1] whose credential is cut is refused", async () => {
    const whole = await makeSelf(call.room, await makePerson());
    const self = { ...whole, credential: whole.credential.slice(0, -1) };
    expect(await verdict(await forgeExternalCommit({ groupInfo, self }))).toBe("leaf-invalid");
  });

  it("[LEAF-2] whose leaf can't carry the policy is refused, though ts-mls takes it", async () => {
    const self = await makeSelf(call.room, await makePerson());
    const honest = await forgeExternalCommit({ groupInfo, self, extensions: [0xf50c, 0xf50e] });
    expect(await verdict(honest)).toBe("passed");
    const commit = await forgeExternalCommit({ groupInfo, self, extensions: [] });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-invalid");
  });

  it("[MLS-2] with authenticated data nobody knows is refused", async () => {
    const self = await makeSelf(call.room, await makePerson());
    const authenticatedData = utf8("hello");
    const commit = await forgeExternalCommit({ groupInfo, self, authenticatedData });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("authenticated-data-unknown");
  });
});

describe("the policy at the door of the group", () => {
  it("[MLS-2] a banned identity is refused, whatever device it comes with", async () => {
    const banned = await makePerson();
    const policy = {
      bans: [{ identityKey: banned.identity.publicKey, memberId: banned.memberId }],
    };
    const { groups, room } = await makeCall(2, { policy });
    const info = await engine.groupInfo(at(groups, 0));
    for (const person of [
      banned,
      await makePerson({ identity: banned.identity }),
      await makePerson({ device: banned.device }),
    ]) {
      const self = await makeSelf(room, person);
      const commit = await forgeExternalCommit({ groupInfo: info, self });
      expect(await verdict(commit, at(groups, 0))).toBe("banned");
      const honest = { ...room, groupInfo: info, self, policyFloor: 0 };
      expect(codeOf(await engine.joinByExternalCommit(honest))).toBe("banned");
    }
  });

  it("[MLS-2] one more than the capacity is refused, and whoever is in may still come back", async () => {
    const { groups, room, people } = await makeCall(3, { policy: { capacity: 3 } });
    const info = await engine.groupInfo(at(groups, 0));
    const stranger = await makeSelf(room, await makePerson());
    const commit = await forgeExternalCommit({ groupInfo: info, self: stranger });
    expect(await verdict(commit, at(groups, 0))).toBe("call-full");
    const back = await makeSelf(room, at(people, 1));
    const resync = await forgeExternalCommit({ groupInfo: info, self: back, removes: 1 });
    expect(await verdict(resync, at(groups, 0))).toBe("passed");
  });

  it.each([{ mode: "knock" as const }, { locked: true }])(
    "[MLS-2] under %o a stranger is refused and whoever is in may come back",
    async (policy) => {
      const { groups, room, people } = await makeCall(1, { policy });
      const info = await engine.groupInfo(at(groups, 0));
      const stranger = await makeSelf(room, await makePerson());
      const commit = await forgeExternalCommit({ groupInfo: info, self: stranger });
      expect(await verdict(commit, at(groups, 0))).toBe("admission-required");
      const back = await makeSelf(room, at(people, 0));
      const resync = expectOk(
        await engine.joinByExternalCommit({ ...room, groupInfo: info, self: back, policyFloor: 0 }),
      );
      expect(resync.change.kind).toBe("resync");
    },
  );
});

describe("proposals of an external commit", () => {
  const init: ProposalSnapshot = { type: "external-init" };
  const cases: readonly (readonly [string, readonly ProposalSnapshot[]])[] = [
    ["no external_init", []],
    ["two of external_init", [init, init]],
    ["two Removes", [init, { type: "remove", leaf: 1 }, { type: "remove", leaf: 2 }]],
    ["a policy", [init, { type: "group-context-extensions", extensions: [] }]],
    ["a proposal by reference", [init, { type: "reference" }]],
    ["a pre-shared key, or anything else", [init, { type: "other" }]],
  ];
  it.each(cases)("[MLS-2] with %s are refused", async (_name, proposals) => {
    const pathLeaf = groupSnapshot(secretsOf(judge).state).leaves[1];
    const commitCase = commitCaseOf(judge, {
      sender: { type: "new-member" },
      proposals,
      pathLeaf,
    });
    expect(codeOf(await planCommit(commitCase))).toBe("proposal-refused");
  });
});
