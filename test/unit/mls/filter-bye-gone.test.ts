import { beforeAll, describe, expect, it } from "vitest";
import type { Epoch, LeafIndex } from "../../../protocol/ids.ts";
import type { Bye, MlsGroup } from "../../../web/core/mls-engine.ts";
import { byeData, goneData } from "../../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { byeBoundBytes } from "../../../web/crypto-worker/mls/filter/bye.ts";
import {
  decodeLedger,
  encodeLedger,
  goneAllowance,
  nextLedger,
} from "../../../web/crypto-worker/mls/filter/gone-ledger.ts";
import { forgeMemberCommit, libraryAccepts, removeProposal } from "./forge.ts";
import {
  apply,
  at,
  type Call,
  codeOf,
  engine,
  expectOk,
  makeCall,
  makePerson,
  makeSelf,
  sign,
} from "./group-fixture.ts";

let call: Call;
let committer: MlsGroup;
let judge: MlsGroup;
beforeAll(async () => {
  call = await makeCall(5);
  committer = at(call.groups, 0);
  judge = at(call.groups, 1);
});

const signedBye = async (
  person: number,
  changes: { readonly epoch?: number; readonly leaf?: number } = {},
): Promise<Bye> => {
  const epoch = (changes.epoch ?? judge.epoch) as Epoch;
  const leaf = (changes.leaf ?? person) as LeafIndex;
  const { encryptionKey } = at(judge.members, person);
  const bound = byeBoundBytes(call.room, epoch, { leaf, encryptionKey });
  return { epoch, leaf, signature: await sign(at(call.people, person).identity, bound) };
};

const verdictOn = async (byes: readonly Bye[], removes: readonly number[]): Promise<string> => {
  const commit = await forgeMemberCommit(committer, {
    proposals: removes.map(removeProposal),
    authenticatedData: byeData(byes),
  });
  expect(await libraryAccepts(judge, commit)).toBe(true);
  return codeOf(await engine.judgeCommit(judge, commit));
};

describe("goodbyes", () => {
  it("[MLS-4] of several may be committed at once by any member", async () => {
    const byes = await Promise.all([signedBye(4), signedBye(3)]);
    expect(await verdictOn(byes, [4, 3])).toBe("passed");
  });

  it("[MLS-4] removes exactly those who said it", async () => {
    expect(await verdictOn([await signedBye(3)], [3, 4])).toBe("removal-mismatch");
    expect(await verdictOn([await signedBye(3), await signedBye(4)], [3])).toBe("removal-mismatch");
    expect(await verdictOn([await signedBye(3)], [4])).toBe("removal-mismatch");
    expect(await verdictOn([], [])).toBe("removal-mismatch");
    expect(await verdictOn([await signedBye(3), await signedBye(3)], [3])).toBe("removal-mismatch");
  });

  it("[SIGN-10] signed by another leaf is refused", async () => {
    expect(await verdictOn([await signedBye(4, { leaf: 3 })], [3])).toBe("bye-invalid");
  });

  it("[SIGN-10] moved to another leaf or another epoch is refused", async () => {
    const bye = await signedBye(3);
    expect(await verdictOn([{ ...bye, leaf: 4 as LeafIndex }], [4])).toBe("bye-invalid");
    expect(await verdictOn([{ ...bye, epoch: 3 as Epoch }], [3])).toBe("bye-invalid");
  });

  it("[SIGN-10] signed in another group is refused", async () => {
    const other = await makeCall(2, { people: [at(call.people, 0), at(call.people, 3)] });
    const bye = await engine.signBye(at(other.groups, 1));
    expect(codeOf(await engine.commitRemoveBye(at(other.groups, 0), [bye]))).toBe("passed");
    const moved = { ...bye, leaf: 3 as LeafIndex };
    expect(await verdictOn([moved], [3])).toBe("bye-invalid");
  });

  it("[MLS-4] for an epoch to come is refused", async () => {
    expect(await verdictOn([await signedBye(3, { epoch: judge.epoch + 1 })], [3])).toBe(
      "bye-invalid",
    );
  });

  it("[MLS-4] holds for the epoch it names and the eight after, and no longer", async () => {
    let { groups } = await makeCall(3);
    const bye = await engine.signBye(at(groups, 2));
    for (let epoch = 0; epoch < 9; epoch += 1) {
      expect(await engine.verifyBye(at(groups, 0), bye)).toBe(true);
      const update = expectOk(await engine.commitUpdate(at(groups, 0)));
      groups = [update.group, await apply(at(groups, 1), update.commit)];
    }
    expect(await engine.verifyBye(at(groups, 0), bye)).toBe(false);
    const commit = await forgeMemberCommit(at(groups, 0), {
      proposals: [removeProposal(2)],
      authenticatedData: byeData([bye]),
    });
    expect(await libraryAccepts(at(groups, 1), commit)).toBe(true);
    expect(codeOf(await engine.judgeCommit(at(groups, 1), commit))).toBe("bye-expired");
  });

  it("[MLS-4] of who left is worth nothing against who has the leaf now", async () => {
    const { groups, room } = await makeCall(3);
    const bye = await engine.signBye(at(groups, 2));
    const left = expectOk(await engine.commitRemoveBye(at(groups, 0), [bye]));
    const joined = expectOk(
      await engine.joinByExternalCommit({
        ...room,
        groupInfo: left.groupInfo,
        self: await makeSelf(room, await makePerson()),
        policyFloor: 0,
      }),
    );
    expect(joined.group.ownLeaf).toBe(2);
    const other = await apply(left.group, joined.commit);
    expect(codeOf(await engine.commitRemoveBye(other, [bye]))).toBe("bye-invalid");
  });

  it("[SIGN-10] of who left is worth nothing once they are back, on the same leaf within eight epochs", async () => {
    const { groups, room, people } = await makeCall(3);
    const bye = await engine.signBye(at(groups, 2));
    const left = expectOk(await engine.commitRemoveBye(at(groups, 0), [bye]));
    const { groupInfo } = left;
    const self = await makeSelf(room, at(people, 2));
    const back = expectOk(
      await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }),
    );
    expect(back.group.ownLeaf).toBe(2);
    const other = await apply(left.group, back.commit);
    expect(await engine.verifyBye(other, bye)).toBe(false);
    expect(codeOf(await engine.commitRemoveBye(other, [bye]))).toBe("bye-invalid");
  });

  it("[SIGN-10] is said anew after one's own update, whose leaf has another key", async () => {
    const { groups } = await makeCall(2);
    const bye = await engine.signBye(at(groups, 1));
    const updated = expectOk(await engine.commitUpdate(at(groups, 1)));
    const other = await apply(at(groups, 0), updated.commit);
    expect(await engine.verifyBye(other, bye)).toBe(false);
    expect(await engine.verifyBye(other, await engine.signBye(updated.group))).toBe(true);
  });
});

describe("gone", () => {
  it("[MLS-5] needs somebody who is gone", async () => {
    const commit = await forgeMemberCommit(committer, { authenticatedData: goneData() });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(codeOf(await engine.judgeCommit(judge, commit))).toBe("removal-mismatch");
  });

  it("[MLS-5] four at once are refused, three pass", async () => {
    const { groups } = await makeCall(6);
    const forged = await forgeMemberCommit(at(groups, 0), {
      proposals: [2, 3, 4, 5].map(removeProposal),
      authenticatedData: goneData(),
    });
    expect(await libraryAccepts(at(groups, 1), forged)).toBe(true);
    expect(codeOf(await engine.judgeCommit(at(groups, 1), forged))).toBe("gone-limit");
    const leaves = at(groups, 0)
      .members.slice(2, 5)
      .map(({ leaf }) => leaf);
    const pending = expectOk(await engine.commitRemoveGone(at(groups, 0), leaves));
    expect((await apply(at(groups, 1), pending.commit)).members).toHaveLength(3);
  });

  it("[MLS-5] four by one remover within the window are refused, one by another passes", async () => {
    const { groups } = await makeCall(7);
    let [remover, other] = [at(groups, 0), at(groups, 1)];
    for (const leaf of [6, 5, 4] as LeafIndex[]) {
      const pending = expectOk(await engine.commitRemoveGone(remover, [leaf]));
      [remover, other] = [pending.group, await apply(other, pending.commit)];
    }
    const forged = await forgeMemberCommit(remover, {
      proposals: [removeProposal(3)],
      authenticatedData: goneData(),
    });
    expect(await libraryAccepts(other, forged)).toBe(true);
    expect(codeOf(await engine.judgeCommit(other, forged))).toBe("gone-limit");
    expect(codeOf(await engine.commitRemoveGone(other, [3 as LeafIndex]))).toBe("passed");
  });

  it("[MLS-8] who comes back by a resync on another leaf keeps what they used up", async () => {
    const { groups, room, people } = await makeCall(6);
    const [remover, judging] = [at(groups, 4), at(groups, 0)];
    const pending = expectOk(await engine.commitRemoveGone(remover, [1, 2, 3] as LeafIndex[]));
    const after = await apply(judging, pending.commit);
    const back = expectOk(
      await engine.joinByExternalCommit({
        ...room,
        groupInfo: pending.groupInfo,
        self: await makeSelf(room, at(people, 4)),
        policyFloor: 0,
      }),
    );
    expect(back.group.ownLeaf).toBe(1);
    const forged = await forgeMemberCommit(back.group, {
      proposals: [removeProposal(5)],
      authenticatedData: goneData(),
    });
    const judge2 = await apply(after, back.commit);
    expect(codeOf(await engine.judgeCommit(judge2, forged))).toBe("gone-limit");
  });
});

describe("the gone ledger", () => {
  const remover = new Uint8Array(32).fill(1);
  const row = (epoch: number, count = 1, by = remover) => ({ epoch, remover: by, count });

  it("[MLS-5] frees a remover sixteen epochs later, and not before", () => {
    const rows = nextLedger([], 10, { remover, count: 3 });
    expect(goneAllowance(rows, remover, 25)).toBe(0);
    expect(goneAllowance(rows, remover, 26)).toBe(3);
    expect(nextLedger(rows, 24, undefined)).toEqual(rows);
    expect(nextLedger(rows, 25, undefined)).toEqual([]);
  });

  it("[MLS-8] is the same after a GroupInfo", () => {
    const rows = [row(3), row(5, 2)];
    expect(decodeLedger(encodeLedger(rows), 6)).toEqual({ ok: true, value: rows });
  });

  it.each([
    ["an epoch to come", [row(7)]],
    ["the epoch it is of, whose commit is not made yet", [row(6)]],
    ["an epoch out of the window", [row(3), row(2)]],
    ["one epoch twice", [row(4), row(4)]],
    ["more than one remover may", [row(3, 2), row(4, 2)]],
  ])("[MLS-8] that holds %s is refused", (_name, rows) => {
    expect(decodeLedger(encodeLedger(rows), 6).ok).toBe(false);
  });

  it("[MLS-8] that is old, cut or trailed by anything is refused", () => {
    const bytes = encodeLedger([row(3)]);
    expect(decodeLedger(bytes, 20).ok).toBe(false);
    expect(decodeLedger(bytes.slice(0, -1), 6).ok).toBe(false);
    expect(decodeLedger(new Uint8Array([...bytes, 0]), 6).ok).toBe(false);
    expect(decodeLedger(new Uint8Array(), 6).ok).toBe(false);
  });
});
