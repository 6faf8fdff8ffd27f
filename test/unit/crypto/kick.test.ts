import { describe, expect, it } from "vitest";
import { fromBase64Url } from "../../../protocol/bytes.ts";
import type { PendingCommit } from "../../../web/core/call-crypto.ts";
import {
  codeOf,
  commitAs,
  doorOf,
  hostedCall,
  knockCall,
  leavesOf,
  letIn,
  viewOf,
  wish,
  withCoHost,
} from "./door.ts";
import { enterRoom, join, type Member, nth, take, type TestCall, unwrap } from "./members.ts";

describe("a kick", () => {
  const kick = async (call: TestCall, by: Member, whom: Member): Promise<PendingCommit> =>
    unwrap(
      await by.crypto.prepareCommit({ kind: "kick", leaves: await leavesOf(call, whom.memberId) }),
    );

  it("[HOST-1] from an open room bans, turns knocking on and replaces the link, in one commit", async () => {
    const call = await hostedCall(3);
    const [host, kicked] = [nth(call, 0), nth(call, 1)];
    const pending = await kick(call, host, kicked);
    const { policy } = await doorOf(call, pending);
    expect(policy).toMatchObject({ mode: "knock", bannedMemberIds: [kicked.memberId] });
    expect(policy.link?.generation).toBe(1);
    expect(pending.groupInfo).toBeUndefined();
    const after = await take(call, host, pending);
    expect(after.members).toHaveLength(2);
    expect(after.room.secret).not.toEqual(call.room.secret);
  });

  it("[ROTATE-3] the one put out can't read the new link, and everybody else can", async () => {
    const call = await hostedCall(3);
    const [host, kicked, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const pending = await kick(call, host, kicked);
    const { epoch, commit: sealed, doorChange } = pending;
    const entry = { seq: 9 as Parameters<typeof host.crypto.judge>[0]["seq"], epoch, doorChange };
    const seenBy = async (member: Member) => member.crypto.judge({ ...entry, commit: sealed });
    expect(await seenBy(kicked)).toMatchObject({ type: "applied", newSecret: undefined });
    const { newSecret } = await host.crypto.installPending();
    expect(newSecret).toHaveLength(16);
    expect(await seenBy(third)).toMatchObject({ type: "applied", newSecret });
  });

  it("[ROTATE-5] who has the old link opens nothing of the group any more, and is told so", async () => {
    const call = await hostedCall(3);
    const [host, kicked, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const withOldLink = await enterRoom(call.room);
    const { policy } = call.room;
    unwrap(await withOldLink.crypto.sealKnock({ name: "Ada", policy }));
    const after = await take(call, host, await kick(call, host, kicked));
    const cast = await third.crypto.sealCast(new Uint8Array([1]));
    expect(codeOf(await host.crypto.openCast(cast))).toBe("ok");
    const sealed = after.room.policy;
    expect(codeOf(await withOldLink.crypto.sealKnock({ name: "Ada", policy: sealed }))).toBe(
      "link-replaced",
    );
    const knock = unwrap(await withOldLink.crypto.sealKnock({ name: "Ada", policy }));
    const { memberId: from } = withOldLink;
    expect(codeOf(await host.crypto.openKnock({ from, sealed: knock }))).toBe("knock-invalid");
  });

  it("[ROTATE-5] what was said under the old link just before is still heard", async () => {
    const call = await hostedCall(3);
    const [host, kicked, third] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    const before = await third.crypto.sealCast(new Uint8Array([1]));
    const byKicked = await kicked.crypto.sealCast(new Uint8Array([2]));
    await take(call, host, await kick(call, host, kicked));
    expect(codeOf(await host.crypto.openCast(before))).toBe("ok");
    // The one put out has the keys of before, and is heard by nobody for all that.
    expect(codeOf(await host.crypto.openCast(byKicked))).toBe("cast-unopened");
  });

  it("[ROTATE-5] the new link lets a newcomer knock and join, and tokens carry its access", async () => {
    const call = await hostedCall(3);
    const [host, kicked] = [nth(call, 0), nth(call, 1)];
    const pending = await kick(call, host, kicked);
    const { policy } = await doorOf(call, pending);
    let after = await take(call, host, pending);
    const newcomer = await enterRoom(after.room);
    after = await letIn(after, newcomer);
    expect(await newcomer.crypto.statement()).toEqual(await host.crypto.statement());
    for (const member of after.members) {
      const access = fromBase64Url((await member.crypto.tokenRequest(5000)).access);
      if (access === undefined) throw new Error("expected base64url");
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", access));
      expect(hash).toEqual(policy.link?.accessHash);
    }
  });

  it("[HOST-1] by a co-host replaces the link too", async () => {
    const { call, coHost } = await withCoHost();
    const after = await take(call, coHost, await kick(call, coHost, nth(call, 1)));
    expect(after.room.secret).not.toEqual(call.room.secret);
    const statement = await coHost.crypto.statement();
    expect(await nth(after, 0).crypto.statement()).toEqual(statement);
  });

  it("[HOST-6] by a co-host does not reach the host", async () => {
    const { call, coHost } = await withCoHost();
    const leaves = await leavesOf(call, nth(call, 0).memberId);
    expect(codeOf(await coHost.crypto.prepareCommit({ kind: "kick", leaves }))).toBe(
      "commit-not-allowed",
    );
  });

  it("[HOST-6] of a co-host takes the role away, so that the ban holds", async () => {
    const { call, coHost } = await withCoHost();
    const locked = await commitAs(call, coHost, wish({ locked: true }));
    const after = await take(locked, nth(call, 0), await kick(locked, nth(call, 0), coHost));
    const { roles, bans } = await viewOf(after);
    expect(roles.map(({ role }) => role)).toEqual(["host"]);
    expect(bans.map(({ memberId }) => memberId)).toEqual([coHost.memberId]);
  });

  it("undone lets them knock again, and opens the room again; the old link stays replaced", async () => {
    const call = await hostedCall(3);
    const [host, kicked] = [nth(call, 0), nth(call, 1)];
    const after = await take(call, host, await kick(call, host, kicked));
    const undone = await commitAs(after, host, wish({ unban: [kicked.memberId], mode: "open" }));
    expect(undone.room.secret).toEqual(after.room.secret);
    const back = await enterRoom(undone.room, { vault: kicked.vault });
    expect((await join(undone, back)).members).toHaveLength(3);
  });

  it("from a room that asks for admission leaves the link as it is", async () => {
    let call = await knockCall();
    const guest = await enterRoom(call.room);
    call = await letIn(call, guest);
    const after = await take(call, nth(call, 0), await kick(call, nth(call, 0), guest));
    expect(after.room.secret).toEqual(call.room.secret);
  });
});

describe("a new link", () => {
  it("[ROTATE-2] is the host's to make, again and again; a laggard catches up epoch by epoch", async () => {
    const call = await hostedCall(3);
    const [host, second, laggard] = [nth(call, 0), nth(call, 1), nth(call, 2)];
    let now: TestCall = { ...call, members: [host, second] };
    const entries = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const pending = unwrap(await host.crypto.prepareCommit(wish({ newLink: true })));
      entries.push(pending);
      now = await take(now, host, pending);
      const update = unwrap(await second.crypto.prepareCommit({ kind: "update" }));
      entries.push(update);
      now = await take(now, second, update);
    }
    let newest: unknown;
    for (const { epoch, commit: sealed, doorChange } of entries) {
      const entry = { seq: 9 as Parameters<typeof host.crypto.judge>[0]["seq"], epoch, doorChange };
      const verdict = await laggard.crypto.judge({ ...entry, commit: sealed });
      expect(verdict.type).toBe("applied");
      if (verdict.type === "applied") newest = verdict.newSecret ?? newest;
    }
    expect(newest).toEqual(now.room.secret);
    expect(await laggard.crypto.statement()).toEqual(await host.crypto.statement());
    const newcomer = await enterRoom(now.room);
    expect((await join(now, newcomer)).members).toHaveLength(3);
  });
});
