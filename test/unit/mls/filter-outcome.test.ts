import { beforeAll, describe, expect, it } from "vitest";
import type { LeafIndex } from "../../../protocol/ids.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { judgeOutcome } from "../../../web/crypto-worker/mls/filter/judge-commit.ts";
import type { CommitPlan } from "../../../web/crypto-worker/mls/filter/plan.ts";
import type {
  GroupSnapshot,
  LeafSnapshot,
} from "../../../web/crypto-worker/mls/filter/snapshot.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import { groupSnapshot } from "../../../web/crypto-worker/mls/ts-mls-adapter.ts";
import { commitCaseOf } from "./forge.ts";
import { at, codeOf, engine, expectOk, makeCall, makePerson, makeSelf } from "./group-fixture.ts";

/** A true commit, with its state before and after: each test changes the outcome in one place. */
type Case = { readonly group: MlsGroup; readonly plan: CommitPlan; readonly after: GroupSnapshot };
let update: Case;
let join: Case;
let bye: Case;
beforeAll(async () => {
  const { groups, room } = await makeCall(4);
  const group = at(groups, 0);
  const member = at(group.members, 0);
  const by = { type: "member", member } as const;
  const snapshotOf = (next: MlsGroup): GroupSnapshot => groupSnapshot(secretsOf(next).state);

  const updated = expectOk(await engine.commitUpdate(group));
  const removed: CommitPlan["removed"] = [];
  update = {
    group,
    plan: { kind: "update", removed, by, policy: undefined },
    after: snapshotOf(updated.group),
  };
  const said = await engine.signBye(at(groups, 2));
  const left = expectOk(await engine.commitRemoveBye(group, [said]));
  bye = {
    group,
    plan: { kind: "bye", removed: [at(group.members, 2)], by, policy: undefined },
    after: snapshotOf(left.group),
  };
  const groupInfo = await engine.groupInfo(group);
  const self = await makeSelf(room, await makePerson());
  const joined = expectOk(
    await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }),
  );
  const { leaf: _placed, ...joiner } = at(joined.group.members, 4);
  join = {
    group,
    plan: { kind: "join", removed, by: { type: "joiner", joiner }, policy: undefined },
    after: snapshotOf(joined.group),
  };
});

const verdict = async (
  { group, plan, after }: Case,
  changes: Partial<GroupSnapshot>,
): Promise<string> =>
  codeOf(await judgeOutcome(commitCaseOf(group, {}), plan, { ...after, ...changes }));
const changeLeaf = (
  { after }: Case,
  leaf: number,
  change: Partial<LeafSnapshot>,
): Pick<GroupSnapshot, "leaves"> => ({
  leaves: after.leaves.map((item) => (item.leaf === leaf ? { ...item, ...change } : item)),
});
const dropLeaf = ({ after }: Case, leaf: number): Pick<GroupSnapshot, "leaves"> => ({
  leaves: after.leaves.filter((item) => item.leaf !== leaf),
});

describe("the state after a commit", () => {
  it("[MLS-7] passes as the proposals say", async () => {
    for (const honest of [update, join, bye]) expect(await verdict(honest, {})).toBe("passed");
  });

  it("[MLS-7] with somebody gone whom no Remove named is refused", async () => {
    for (const honest of [update, join, bye]) {
      expect(await verdict(honest, dropLeaf(honest, 1))).toBe("state-mismatch");
    }
  });

  it("[MLS-7] with somebody still there whom a Remove named is refused", async () => {
    const { leaves } = groupSnapshot(secretsOf(bye.group).state);
    const stayed = leaves.filter(({ leaf }) => leaf === 2);
    expect(await verdict(bye, { leaves: [...bye.after.leaves, ...stayed] })).toBe("state-mismatch");
  });

  it("[MLS-7] with somebody in who is not the joiner is refused", async () => {
    const stranger = at(join.after.leaves, 4);
    for (const honest of [update, bye]) {
      const leaves = [...honest.after.leaves, stranger];
      expect(await verdict(honest, { leaves })).toBe("state-mismatch");
    }
    const second = { ...stranger, leaf: 5 };
    expect(await verdict(join, { leaves: [...join.after.leaves, second] })).toBe("state-mismatch");
    expect(await verdict(join, changeLeaf(join, 4, { signatureKey: new Uint8Array(32) }))).toBe(
      "state-mismatch",
    );
  });

  it("[MLS-7] without the joiner is refused", async () => {
    expect(await verdict(join, dropLeaf(join, 4))).toBe("state-mismatch");
  });

  it("[MLS-7] in which another's leaf changed in any byte is refused", async () => {
    const encoded = new Uint8Array(1);
    for (const honest of [update, join, bye]) {
      expect(await verdict(honest, changeLeaf(honest, 3, { encoded }))).toBe("leaf-changed");
    }
  });

  it("[MLS-6] in which the committer has another key or other features is refused", async () => {
    const other = new Uint8Array(32);
    expect(await verdict(update, changeLeaf(update, 0, { signatureKey: other }))).toBe(
      "leaf-changed",
    );
    expect(await verdict(update, changeLeaf(update, 0, { features: other }))).toBe("leaf-changed");
  });

  it("[LEAF-2] in which two nodes share an encryption key is refused", async () => {
    const [first] = update.after.leaves;
    const parentKeys = first === undefined ? [] : [first.encryptionKey];
    expect(await verdict(update, { parentKeys })).toBe("leaf-duplicate");
  });

  it("[MLS-3] whose extensions are not those planned is refused", async () => {
    const extension = { type: 0xf50e, data: new Uint8Array() };
    expect(await verdict(update, { extensions: [...update.after.extensions, extension] })).toBe(
      "extension-unexpected",
    );
    expect(await verdict(update, { extensions: [] })).toBe("extension-unexpected");
  });

  it("[MLS-7] of another group or another epoch is refused", async () => {
    expect(await verdict(update, { groupId: new Uint8Array(16) })).toBe("state-mismatch");
    expect(await verdict(update, { epoch: update.after.epoch + 1 })).toBe("state-mismatch");
  });

  it("[KID-1] with a leaf beyond what the KID can name is refused", async () => {
    const beyond = 1023 as LeafIndex;
    expect(await verdict(join, changeLeaf(join, 4, { leaf: beyond }))).toBe("leaf-invalid");
  });
});
