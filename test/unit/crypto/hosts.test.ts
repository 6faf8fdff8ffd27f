import { describe, expect, it } from "vitest";
import { fromBase64Url } from "../../../protocol/bytes.ts";
import { doorChangeCodec } from "../../../protocol/door-change.ts";
import { hostProofCodec, verifyHostProof } from "../../../protocol/host-proof.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import type { TokenRequestBody } from "../../../protocol/http.ts";
import { verifyDoorPolicy } from "../../../protocol/policy.ts";
import type { PendingCommit, PolicyChanges } from "../../../web/core/call-crypto.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import { commit, hostedCall, knockCall, leavesOf, letIn, viewOf } from "./door.ts";
import { enterRoom, join, type Member, nth, take, type TestCall, unwrap } from "./members.ts";

const EXPIRES = 2_000_000_000;
const codeOf = (result: { readonly ok: boolean; readonly error?: { readonly code: string } }) =>
  result.ok ? "ok" : result.error?.code;
const wish = (changes: PolicyChanges) => ({ kind: "policy", changes }) as const;

/** The door policy beside a commit, as the room reads it. */
async function doorOf(call: TestCall, { doorChange }: PendingCommit) {
  if (doorChange === undefined) throw new Error("expected a change at the door");
  const { doorPolicy } = unwrap(doorChangeCodec.decode(doorChange));
  return unwrap(await verifyDoorPolicy(call.room.roomId, doorPolicy));
}

/** A host link, made by the host and in the policy. */
async function withHostLink(
  call: TestCall,
  role: "host" | "co-host" = "co-host",
): Promise<{ readonly call: TestCall; readonly hostLink: HostLink }> {
  const host = nth(call, 0);
  const asked = { kind: "host-link", role, expiresAtSec: EXPIRES } as const;
  const pending = unwrap(await host.crypto.prepareCommit(asked));
  if (pending.hostLink === undefined) throw new Error("expected a host link");
  return { call: await take(call, host, pending), hostLink: pending.hostLink };
}

/** A call of host, member and somebody who came by a co-host's link. */
async function withCoHost() {
  const { call, hostLink } = await withHostLink(await hostedCall(2));
  const coHost = await enterRoom(call.room, { hostLink, fingerprint: 9 });
  return { call: await join(call, coHost), coHost, hostLink };
}

describe("the host", () => {
  it("[HOST-1] changes mode, lock and capacity; the door's copy says the same", async () => {
    const call = await hostedCall(2);
    const host = nth(call, 0);
    const changes = { mode: "knock", locked: true, capacity: 7 } as const;
    const pending = unwrap(await host.crypto.prepareCommit(wish(changes)));
    const { policy, signer } = await doorOf(call, pending);
    expect(policy).toMatchObject({ serial: 1, ...changes });
    expect(policy.link).toBeUndefined();
    expect(policy.roles).toEqual([{ memberId: host.memberId, role: "host" }]);
    expect(signer.delegation).toBeUndefined();
    await take(call, host, pending);
    const view = await viewOf(call);
    expect(view).toMatchObject({ policySerial: 1, ...changes, ownRole: "host" });
  });

  it("[HOST-1] is not who merely is a member", async () => {
    const call = await hostedCall(2);
    const member = nth(call, 1);
    for (const asked of [
      wish({ locked: true }),
      { kind: "kick", leaves: await leavesOf(call, nth(call, 0).memberId) },
      { kind: "host-link", role: "co-host", expiresAtSec: EXPIRES },
    ] as const) {
      expect(codeOf(await member.crypto.prepareCommit(asked))).toBe("not-host");
    }
    const pending = unwrap(await member.crypto.prepareCommit({ kind: "update" }));
    expect(pending.view.ownRole).toBeUndefined();
    expect(pending.doorChange).toBeUndefined();
  });

  it("[HOST-4] proves it to the edge with every token request", async () => {
    const call = await hostedCall(2);
    const [host, member] = [nth(call, 0), nth(call, 1)];
    expect((await member.crypto.tokenRequest(1000)).hostProof).toBeUndefined();
    expect(await proofOf(call, await host.crypto.tokenRequest(1000))).toMatchObject({
      role: "host",
      delegation: undefined,
    });
  });
});

async function proofOf(call: TestCall, request: TokenRequestBody) {
  const proof = fromBase64Url(request.hostProof ?? "");
  const roomDeviceKey = fromBase64Url(request.roomDeviceKey);
  const access = fromBase64Url(request.access);
  if (!proof || !roomDeviceKey || !access) throw new Error("expected base64url");
  const accessHash = new Uint8Array(await crypto.subtle.digest("SHA-256", access));
  const claim = { accessHash, roomDeviceKey, atSec: request.atSec };
  return verifyHostProof(
    call.room.roomId,
    claim,
    unwrap(hostProofCodec.decode(proof)),
    request.atSec,
  );
}

describe("a host link", () => {
  it("[HOST-5] makes who opens it co-host: proof at the edge, word in the group", async () => {
    const { call, coHost } = await withCoHost();
    expect(await proofOf(call, await coHost.crypto.tokenRequest(1000))).toMatchObject({
      role: "co-host",
      delegation: { serial: 1 },
    });
    const pending = unwrap(await coHost.crypto.prepareCommit(wish({ locked: true })));
    const { policy, signer } = await doorOf(call, pending);
    expect(signer).toMatchObject({ role: "co-host", delegation: { serial: 1 } });
    // With its first word it takes the entry of its link.
    expect(policy.roles[1]).toEqual({
      memberId: coHost.memberId,
      role: "co-host",
      delegationSerial: 1,
    });
    const after = await take(call, coHost, pending);
    const view = await viewOf(after);
    expect(view.members.map(({ role }) => role)).toEqual(["host", undefined, "co-host"]);
  });

  it("[HOST-5] is kept by the device that opened it", async () => {
    const { call, hostLink } = await withHostLink(await hostedCall(1));
    const vault = createMemoryVault();
    await enterRoom(call.room, { hostLink, vault });
    const back = await enterRoom(call.room, { vault });
    const request = await back.crypto.tokenRequest(1000);
    expect(await proofOf(call, request)).toMatchObject({ role: "co-host" });
    await back.crypto.dropHostLink();
    expect((await back.crypto.tokenRequest(1000)).hostProof).toBeUndefined();
    const later = await enterRoom(call.room, { vault });
    expect((await later.crypto.tokenRequest(1000)).hostProof).toBeUndefined();
  });

  it("[HOST-5] whose parts don't belong together, or to this room, is refused", async () => {
    const { call, hostLink } = await withHostLink(await hostedCall(1));
    const { hostLink: elsewhere } = await withHostLink(await hostedCall(1));
    const { roomId, secret } = call.room;
    const open = { roomId, secret, dtlsFingerprint: new Uint8Array(32), policyFloor: 0 };
    const { crypto } = await enterRoom(call.room);
    for (const bad of [
      elsewhere,
      { ...hostLink, seed: elsewhere.seed },
      { ...hostLink, delegation: { ...hostLink.delegation, role: "host" as const } },
    ]) {
      expect(codeOf(await crypto.openRoom({ ...open, hostLink: bad }))).toBe(
        "link-host-part-altered",
      );
    }
  });

  it("[HOST-2] holds until a policy withdraws its serial", async () => {
    const { call, coHost } = await withCoHost();
    const after = await commit(call, nth(call, 0), wish({ withdraw: [1] }));
    expect(codeOf(await coHost.crypto.prepareCommit(wish({ locked: true })))).toBe("not-host");
    expect((await viewOf(after)).roles.map(({ role }) => role)).toEqual(["host"]);
  });

  it("[HOST-1] is the host key's alone to make, and so is a co-host in the call", async () => {
    const { call, hostLink } = await withHostLink(await hostedCall(2), "host");
    const second = await enterRoom(call.room, { hostLink });
    const after = await join(call, second);
    expect(codeOf(await second.crypto.prepareCommit(wish({ capacity: 5 })))).toBe("ok");
    await second.crypto.discardPending();
    const [leaf] = await leavesOf(after, nth(call, 1).memberId);
    if (leaf === undefined) throw new Error("expected a leaf");
    for (const asked of [
      { kind: "host-link", role: "co-host", expiresAtSec: EXPIRES },
      wish({ coHost: { leaf, expiresAtSec: EXPIRES } }),
    ] as const) {
      expect(codeOf(await second.crypto.prepareCommit(asked))).toBe("commit-not-allowed");
    }
  });

  it("[HOST-1] of a co-host changes neither roles nor capacity, nor the link by itself", async () => {
    const { coHost } = await withCoHost();
    for (const changes of [{ capacity: 3 }, { withdraw: [0] }, { newLink: true }]) {
      expect(codeOf(await coHost.crypto.prepareCommit(wish(changes)))).toBe("commit-not-allowed");
    }
  });
});

describe("a member made co-host", () => {
  it("[HOST-5] acts by their own identity, and comes back as co-host", async () => {
    let call = await hostedCall(3);
    const [host, member] = [nth(call, 0), nth(call, 1)];
    const [leaf] = await leavesOf(call, member.memberId);
    if (leaf === undefined) throw new Error("expected a leaf");
    call = await commit(call, host, wish({ coHost: { leaf, expiresAtSec: EXPIRES } }));
    const pending = unwrap(await member.crypto.prepareCommit(wish({ locked: true })));
    expect((await doorOf(call, pending)).signer.role).toBe("co-host");
    call = await take(call, member, pending);
    expect((await viewOf(call)).members[1]?.role).toBe("co-host");
    call = await commit(call, host, wish({ withdraw: [1], locked: false }));
    expect(codeOf(await member.crypto.prepareCommit(wish({ locked: true })))).toBe("not-host");
  });
});

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
    const locked = await commit(call, coHost, wish({ locked: true }));
    const after = await take(locked, nth(call, 0), await kick(locked, nth(call, 0), coHost));
    const { roles, bans } = await viewOf(after);
    expect(roles.map(({ role }) => role)).toEqual(["host"]);
    expect(bans.map(({ memberId }) => memberId)).toEqual([coHost.memberId]);
  });

  it("undone lets them knock again, and opens the room again; the old link stays replaced", async () => {
    const call = await hostedCall(3);
    const [host, kicked] = [nth(call, 0), nth(call, 1)];
    const after = await take(call, host, await kick(call, host, kicked));
    const undone = await commit(
      after,
      host,
      wish({ unban: [kicked.memberId], mode: "open" }),
    );
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
