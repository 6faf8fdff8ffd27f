import { describe, expect, it } from "vitest";
import { sha256, toBase64Url } from "../../../protocol/bytes.ts";
import type { LeafIndex, Seq } from "../../../protocol/ids.ts";
import { commitAs, hostedCall } from "./door.ts";
import {
  callOf,
  enterRoom,
  join,
  makeRoom,
  nth,
  offerOf,
  startCall,
  take,
  unwrap,
} from "./members.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";

const leaf = (index: number): LeafIndex => index as LeafIndex;

describe("coming into a call", () => {
  it("four who come in one after the other agree on the epoch and its statement", async () => {
    const call = await callOf(4);
    const first = await nth(call, 0).crypto.statement();
    expect(first.epoch).toBe(3);
    for (const { crypto } of call.members) {
      expect(await crypto.statement()).toEqual(first);
      expect(await crypto.checkStatement(first)).toBe("agrees");
    }
  });

  it("every member holds the same frame key and no other call does", async () => {
    const [call, other] = [await callOf(3), await callOf(2)];
    const bitsOf = async (key: CryptoKey | undefined): Promise<string> => {
      if (key === undefined) throw new Error("expected a key");
      const salt = new Uint8Array(0);
      const bits = await crypto.subtle.deriveBits(
        { name: "HKDF", hash: "SHA-256", salt, info: salt },
        key,
        256,
      );
      return toBase64Url(new Uint8Array(bits));
    };
    const last = (index: number) => nth(call, index).installed.at(-1)?.epoch.baseKey;
    const bits = await Promise.all([0, 1, 2].map((index) => bitsOf(last(index))));
    expect(new Set(bits).size).toBe(1);
    expect(await bitsOf(nth(other, 0).installed.at(-1)?.epoch.baseKey)).not.toBe(bits[0]);
    await expect(crypto.subtle.exportKey("raw", last(0) as CryptoKey)).rejects.toThrow(
      "export is not supported",
    );
  });

  it("a pending join leaves no trace until it is installed", async () => {
    const call = await callOf(2);
    const newcomer = await enterRoom(call.room);
    const pending = unwrap(await newcomer.crypto.prepareJoin(offerOf(call)));
    expect(pending.view.members).toHaveLength(3);
    expect(pending.commitHash).toEqual(await sha256(pending.commit));
    expect(newcomer.installed).toHaveLength(0);
    await newcomer.crypto.discardPending();
    await expect(newcomer.crypto.installPending()).rejects.toThrow("nothing is pending");
    await expect(newcomer.crypto.statement()).rejects.toThrow("no group");
  });

  it("[MLS-2] a device that comes back is a resync: its old leaf goes, nobody else's", async () => {
    const call = await callOf(3);
    const lost = nth(call, 1);
    const back = await enterRoom(call.room, { vault: lost.vault, fingerprint: 99 });
    expect(back.memberId).toBe(lost.memberId);
    const pending = unwrap(await back.crypto.prepareJoin(offerOf(call)));
    const others = { ...call, members: [nth(call, 0), nth(call, 2)] };
    await take(others, back, pending);
    expect(pending.view.members).toHaveLength(3);
    const returned = pending.view.members.find(({ memberId }) => memberId === lost.memberId);
    expect(returned?.dtlsFingerprint).toEqual(new Uint8Array(32).fill(99));
    expect(nth(call, 0).installed.at(-1)?.step).toMatchObject({ removal: false });
  });

  it("a GroupInfo under another link is told apart from one that is broken", async () => {
    const [call, other] = [await callOf(1), await callOf(1)];
    const newcomer = await enterRoom(call.room);
    const { groupInfo, policy } = offerOf(call);
    const elsewhere = { groupInfo: offerOf(other).groupInfo, policy };
    expect(await newcomer.crypto.prepareJoin(elsewhere)).toEqual({
      ok: false,
      error: { code: "group-info-other-link" },
    });
    const broken = groupInfo.slice(1);
    expect(await newcomer.crypto.prepareJoin({ groupInfo: broken, policy })).toEqual({
      ok: false,
      error: { code: "group-info-invalid" },
    });
  });

  it("[POLICY-4] a policy older than this device has seen is refused before anything is made", async () => {
    const room = await makeRoom();
    const member = await enterRoom(room, { policyFloor: 1 });
    expect(await member.crypto.createGroup(room.policy)).toEqual({
      ok: false,
      error: { code: "policy-older" },
    });
    const other = await makeRoom();
    expect(await member.crypto.createGroup(other.policy)).toEqual({
      ok: false,
      error: { code: "policy-invalid" },
    });
  });
});

describe("an older policy", () => {
  const afterLock = async () => {
    const call = await hostedCall(2);
    const changes = { locked: true } as const;
    const locked = await commitAs(call, nth(call, 0), { kind: "policy", changes });
    const after = await commitAs(locked, nth(call, 0), {
      kind: "policy",
      changes: { locked: false },
    });
    return { call, after };
  };

  it("[POLICY-7] is refused by who was in the call when it was replaced", async () => {
    const { call } = await afterLock();
    const member = nth(call, 1);
    await member.crypto.endGroup();
    expect(await member.crypto.prepareJoin(offerOf(call))).toEqual({
      ok: false,
      error: { code: "policy-older" },
    });
  });

  it("[POLICY-7] in a GroupInfo beside a newer sealed policy is refused by a newcomer", async () => {
    const { call, after } = await afterLock();
    const newcomer = await enterRoom(after.room);
    const { policy } = offerOf(after);
    const mixed = { groupInfo: offerOf(call).groupInfo, policy };
    expect(await newcomer.crypto.prepareJoin(mixed)).toEqual({
      ok: false,
      error: { code: "policy-older" },
    });
    expect(await newcomer.crypto.prepareJoin(offerOf(after))).toMatchObject({ ok: true });
  });
});

describe("the log", () => {
  it("[LOG-2] an entry of an epoch behind is skipped, one ahead is refused, rubbish is refused", async () => {
    const call = await callOf(2);
    const member = nth(call, 0);
    const [entry] = call.entries;
    if (entry === undefined) throw new Error("expected an entry");
    expect(await member.crypto.judge(entry)).toEqual({ type: "skipped" });
    const { epoch } = await member.crypto.statement();
    const commit = crypto.getRandomValues(new Uint8Array(500));
    const ahead = { seq: 2 as Seq, epoch: (epoch + 1) as typeof epoch, commit };
    expect(await member.crypto.judge(ahead)).toEqual({ type: "refused", code: "epoch-ahead" });
    expect(await member.crypto.judge({ ...ahead, epoch })).toEqual({
      type: "refused",
      code: "envelope-malformed",
    });
    expect(await member.crypto.judge({ ...ahead, epoch, commit: entry.commit })).toEqual({
      type: "refused",
      code: "commit-misplaced",
    });
  });

  it("of two commits of one epoch the first counts, and its loser goes on from there", async () => {
    const call = await callOf(3);
    const [first, second] = [nth(call, 0), nth(call, 1)];
    const won = unwrap(await first.crypto.prepareCommit({ kind: "update" }));
    unwrap(await second.crypto.prepareCommit({ kind: "update" }));
    const after = await take(call, first, won);
    // What was pending went with its epoch.
    await expect(second.crypto.installPending()).rejects.toThrow("nothing is pending");
    const again = unwrap(await second.crypto.prepareCommit({ kind: "update" }));
    await take(after, second, again);
    const statement = await first.crypto.statement();
    expect(await second.crypto.statement()).toEqual(statement);
  });

  it("one's own commit that comes back in the log, though given up, is installed", async () => {
    const call = await callOf(2);
    const [first, second] = [nth(call, 0), nth(call, 1)];
    const pending = unwrap(await first.crypto.prepareCommit({ kind: "update" }));
    await first.crypto.discardPending();
    const entry = { seq: 2 as Seq, epoch: pending.epoch, commit: pending.commit };
    expect(await second.crypto.judge(entry)).toMatchObject({ type: "applied" });
    expect(await first.crypto.judge(entry)).toMatchObject({
      type: "applied",
      change: { kind: "update" },
    });
    expect(await first.crypto.statement()).toEqual(await second.crypto.statement());
  });

  it("[MLS-4] a goodbye removes its leaf, and only its leaf; senders are told at once", async () => {
    const call = await callOf(3);
    const [host, leaver, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const sealed = await leaver.crypto.sealBye();
    const bye = unwrap(await host.crypto.openBye(sealed));
    expect(bye).toMatchObject({ leaf: 1, from: leaver.memberId });
    const pending = unwrap(await host.crypto.prepareCommit({ kind: "bye", byes: [bye.bye] }));
    const entry = { seq: 3 as Seq, epoch: pending.epoch, commit: pending.commit };
    const gone = await leaver.crypto.judge(entry);
    expect(gone).toMatchObject({ type: "applied", change: { removed: [1] }, view: { ownLeaf: 1 } });
    const left = gone.type === "applied" ? gone.view.members.map((member) => member.leaf) : [];
    expect(left).toEqual([0, 2]);
    await expect(leaver.crypto.statement()).rejects.toThrow("no group");
    await take({ ...call, members: [host, third] }, host, pending);
    expect(third.installed.at(-1)?.step).toEqual({
      type: "advanced",
      added: undefined,
      removal: true,
    });
  });

  it("a goodbye that somebody else made up opens for nobody", async () => {
    const call = await callOf(2);
    const other = await callOf(2);
    const host = nth(call, 0);
    expect(await host.crypto.openBye(await nth(other, 1).crypto.sealBye())).toEqual({
      ok: false,
      error: { code: "bye-invalid" },
    });
    expect(await host.crypto.prepareCommit({ kind: "bye", byes: [new Uint8Array(9)] })).toEqual({
      ok: false,
      error: { code: "commit-not-allowed" },
    });
  });

  it("[MLS-5] a member found dead is removed, and can come back", async () => {
    const call = await callOf(3);
    const [host, dead, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const pending = unwrap(await host.crypto.prepareCommit({ kind: "gone", leaves: [leaf(1)] }));
    const after = await take({ ...call, members: [host, third] }, host, pending);
    expect(pending.view.members).toHaveLength(2);
    const back = await enterRoom(call.room, { vault: dead.vault });
    const again = await join(after, back);
    expect(again.members).toHaveLength(3);
    expect(await back.crypto.statement()).toEqual(await host.crypto.statement());
  });

  it("a commit without a group is an outcome, not a mistake", async () => {
    const room = await makeRoom();
    const member = await enterRoom(room);
    expect(await member.crypto.prepareCommit({ kind: "update" })).toEqual({
      ok: false,
      error: { code: "no-group" },
    });
  });

  it("GroupInfo of any member lets a newcomer in", async () => {
    const call = await callOf(2);
    const published = await nth(call, 1).crypto.groupInfo();
    const after = await join(
      { ...call, groupInfo: published.groupInfo },
      await enterRoom(call.room),
    );
    expect(published.epoch).toBe(1);
    expect(await nth(after, 2).crypto.statement()).toEqual(await nth(after, 0).crypto.statement());
  });
});

describe("statements", () => {
  it("[PAIR-3] an epoch of another history is a fork; one not held is unknown; the last 8 are held", async () => {
    let call = await callOf(2);
    const [first, second] = [nth(call, 0), nth(call, 1)];
    const early = await second.crypto.statement();
    expect(await first.crypto.checkStatement({ ...early, fork: new Uint8Array(32) })).toBe(
      "forked",
    );
    expect(await first.crypto.checkStatement({ ...early, transcript: new Uint8Array(32) })).toBe(
      "forked",
    );
    for (let update = 0; update < 8; update += 1) {
      expect(await first.crypto.checkStatement(early)).toBe("agrees");
      const pending = unwrap(await second.crypto.prepareCommit({ kind: "update" }));
      call = { ...(await take(call, second, pending)), clock: call.clock };
    }
    expect(await first.crypto.checkStatement(early)).toBe("unknown");
  });

  it("two who were split at one epoch see it", async () => {
    const call = await callOf(2);
    const [first, second] = [nth(call, 0), nth(call, 1)];
    await Promise.all(
      [first, second].map((member) => member.crypto.prepareCommit({ kind: "update" })),
    );
    // A room that lies tells each that its own commit won.
    await first.crypto.installPending();
    await second.crypto.installPending();
    expect(await first.crypto.checkStatement(await second.crypto.statement())).toBe("forked");
  });
});

describe("keys", () => {
  it("[ID-1] one identity in every room, another device key in each", async () => {
    const vault = createMemoryVault();
    const [left, right] = [await makeRoom(), await makeRoom()];
    const [inLeft, inRight] = [await enterRoom(left, { vault }), await enterRoom(right, { vault })];
    expect(inLeft.memberId).not.toBe(inRight.memberId);
    const calls = [await startCall(left, inLeft), await startCall(right, inRight)];
    expect(calls).toHaveLength(2);
    const views = await Promise.all([
      inLeft.crypto.prepareCommit({ kind: "update" }),
      inRight.crypto.prepareCommit({ kind: "update" }),
    ]);
    const identities = views.map((view) => unwrap(view).view.members[0]?.identityKey);
    expect(identities[0]).toBe(identities[1]);
  });
});
