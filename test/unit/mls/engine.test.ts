import { describe, expect, it } from "vitest";
import { utf8 } from "../../../protocol/bytes.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import {
  apply,
  at,
  codeOf,
  engine,
  expectOk,
  exporterValue,
  makeCall,
  makePerson,
  makeSelf,
} from "./group-fixture.ts";

describe("a group by external commits", () => {
  it("[MLS-1] everybody who came in by external commit has one epoch, transcript and exporter", async () => {
    const { groups } = await makeCall(5);
    const values = await Promise.all(groups.map(exporterValue));
    expect(new Set(values).size).toBe(1);
    expect(groups.map(({ epoch }) => epoch)).toEqual([4, 4, 4, 4, 4]);
    expect(groups.map(({ ownLeaf }) => ownLeaf)).toEqual([0, 1, 2, 3, 4]);
    const [first, ...others] = groups.map((group) => group.confirmedTranscriptHash);
    for (const other of others) expect(other).toEqual(first);
  });

  it("[ID-1] members are named by their room device keys", async () => {
    const { groups, people } = await makeCall(3);
    expect(at(groups, 2).members.map(({ memberId }) => memberId)).toEqual(
      people.map(({ memberId }) => memberId),
    );
  });

  it("[MLS-2] a resync replaces the leaf of the same key and may bring a new DTLS fingerprint", async () => {
    const { groups, people, room } = await makeCall(3);
    const groupInfo = await engine.groupInfo(at(groups, 0));
    const self = await makeSelf(room, at(people, 1), 9);
    const back = expectOk(
      await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }),
    );
    const judged = expectOk(await engine.judgeCommit(at(groups, 2), back.commit));
    expect(judged.change.kind).toBe("resync");
    expect(judged.change.removed.map(({ leaf }) => leaf)).toEqual([1]);
    expect(judged.change.added?.dtlsFingerprint[0]).toBe(9);
    const others = await apply(at(groups, 0), back.commit);
    expect(await exporterValue(others)).toBe(await exporterValue(back.group));
  });

  it("[MLS-2] whose identity came back elsewhere is told that the leaf was replaced", async () => {
    const { groups, people, room } = await makeCall(3);
    const groupInfo = await engine.groupInfo(at(groups, 0));
    const self = await makeSelf(room, at(people, 1), 9);
    const back = expectOk(
      await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }),
    );
    const judged = expectOk(await engine.judgeCommit(at(groups, 1), back.commit));
    expect(judged.type).toBe("removed");
    expect(judged.change.kind).toBe("resync");
  });

  it("[MLS-2] who was alone comes back after a reload, and others join them", async () => {
    const { groups, people, room } = await makeCall(1);
    const self = await makeSelf(room, at(people, 0), 9);
    const groupInfo = await engine.groupInfo(at(groups, 0));
    const back = expectOk(
      await engine.joinByExternalCommit({ ...room, groupInfo, self, policyFloor: 0 }),
    );
    expect(back.change).toMatchObject({ kind: "resync", committer: 0 });
    expect(back.group.epoch).toBe(1);
    const forgotten = expectOk(await engine.judgeCommit(at(groups, 0), back.commit));
    expect(forgotten.type).toBe("removed");
    const joined = expectOk(
      await engine.joinByExternalCommit({
        ...room,
        groupInfo: back.groupInfo,
        self: await makeSelf(room, await makePerson()),
        policyFloor: 0,
      }),
    );
    const first = await apply(back.group, joined.commit);
    expect(await exporterValue(first)).toBe(await exporterValue(joined.group));
    const update = expectOk(await engine.commitUpdate(first));
    const other = await apply(joined.group, update.commit);
    expect(await exporterValue(other)).toBe(await exporterValue(update.group));
  });

  it("[MLS-4] a goodbye is committed by somebody else, and the leaver can't follow", async () => {
    const { groups } = await makeCall(3);
    const bye = await engine.signBye(at(groups, 2));
    expect(await engine.verifyBye(at(groups, 0), bye)).toBe(true);
    const pending = expectOk(await engine.commitRemoveBye(at(groups, 0), [bye]));
    const other = await apply(at(groups, 1), pending.commit);
    expect(other.members.map(({ leaf }) => leaf)).toEqual([0, 1]);
    expect(await exporterValue(other)).toBe(await exporterValue(pending.group));
    const left = expectOk(await engine.judgeCommit(at(groups, 2), pending.commit));
    expect(left.type).toBe("removed");
    expect(left.change).toMatchObject({ kind: "bye", committer: 0 });
  });

  it("[MLS-5] gone removes, and [MLS-8] who joins later has the same ledger", async () => {
    const { groups, room } = await makeCall(4);
    const pending = expectOk(await engine.commitRemoveGone(at(groups, 0), [at(groups, 3).ownLeaf]));
    const self = await makeSelf(room, await makePerson());
    const joined = expectOk(
      await engine.joinByExternalCommit({
        ...room,
        groupInfo: pending.groupInfo,
        self,
        policyFloor: 0,
      }),
    );
    expect(joined.group.goneLedger).toEqual([
      { epoch: 3, remover: at(pending.group.members, 0).identityKey, count: 1 },
    ]);
    expect(joined.group.goneLedger).toEqual(pending.group.goneLedger);
  });

  it("[MLS-6] an update gives new keys to the same people", async () => {
    const { groups } = await makeCall(3);
    const pending = expectOk(await engine.commitUpdate(at(groups, 1)));
    const other = await apply(at(groups, 2), pending.commit);
    const people = (group: MlsGroup) =>
      group.members.map((member) => ({ ...member, encryptionKey: undefined }));
    expect(people(other)).toEqual(people(at(groups, 2)));
    expect(other.members[1]).not.toEqual(at(groups, 2).members[1]);
    expect(await exporterValue(other)).toBe(await exporterValue(pending.group));
    expect(await exporterValue(other)).not.toBe(await exporterValue(at(groups, 2)));
  });

  it("a pending commit leaves the group it was made in as it was", async () => {
    const { groups } = await makeCall(3);
    const before = await exporterValue(at(groups, 0));
    expectOk(await engine.commitUpdate(at(groups, 0)));
    expect(await exporterValue(at(groups, 0))).toBe(before);
    const winner = expectOk(await engine.commitUpdate(at(groups, 1)));
    const rebased = await apply(at(groups, 0), winner.commit);
    expect(await exporterValue(rebased)).toBe(await exporterValue(winner.group));
  });
});

describe("application messages", () => {
  it("open once, with the leaf that sent them", async () => {
    const { groups, people } = await makeCall(3);
    const sent = await engine.encryptApplication(at(groups, 1), utf8("hello"));
    const opened = expectOk(await engine.decryptApplication(at(groups, 2), sent.message));
    expect(opened.content).toEqual(utf8("hello"));
    expect(opened.sender.memberId).toBe(at(people, 1).memberId);
    expect(codeOf(await engine.decryptApplication(opened.group, sent.message))).toBe(
      "message-unopened",
    );
  });

  it("of a past epoch open until that epoch is forgotten, with the members of then", async () => {
    const { groups, people } = await makeCall(3);
    const sent = await engine.encryptApplication(at(groups, 2), utf8("late"));
    const bye = await engine.signBye(at(groups, 2));
    const pending = expectOk(await engine.commitRemoveBye(at(groups, 0), [bye]));
    const other = await apply(at(groups, 1), pending.commit);
    const opened = expectOk(await engine.decryptApplication(other, sent.message));
    expect(opened.sender.memberId).toBe(at(people, 2).memberId);
    expect(opened.epoch).toBe(2);
    const forgetful = engine.forgetBefore(other, other.epoch);
    expect(codeOf(await engine.decryptApplication(forgetful, sent.message))).not.toBe("passed");
  });

  it("opened while our commit was pending do not open again after it", async () => {
    const { groups } = await makeCall(2);
    const sent = await engine.encryptApplication(at(groups, 1), utf8("once"));
    const pending = expectOk(await engine.commitUpdate(at(groups, 0)));
    const opened = expectOk(await engine.decryptApplication(at(groups, 0), sent.message));
    const installed = engine.installPending(opened.group, pending);
    expect(codeOf(await engine.decryptApplication(installed, sent.message))).toBe(
      "message-unopened",
    );
    expect(codeOf(await engine.decryptApplication(pending.group, sent.message))).toBe("passed");
  });
});
