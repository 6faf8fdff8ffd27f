import { describe, expect, it } from "vitest";
import { fromBase64Url } from "../../../protocol/bytes.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { hostProofCodec, verifyHostProof } from "../../../protocol/host-proof.ts";
import type { TokenRequestBody } from "../../../protocol/http.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import {
  codeOf,
  commitAs,
  doorOf,
  EXPIRES,
  hostedCall,
  leavesOf,
  verdictOn,
  viewOf,
  wish,
  withCoHost,
  withHostLink,
} from "./door.ts";
import { enterRoom, join, nth, take, type TestCall, unwrap } from "./members.ts";

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

  it("[DOOR-2] is not believed where the room hands on something else beside the commit", async () => {
    const call = await hostedCall(2);
    const [host, member] = [nth(call, 0), nth(call, 1)];
    const pending = unwrap(await host.crypto.prepareCommit(wish({ locked: true })));
    const other = unwrap(await host.crypto.prepareCommit(wish({ mode: "knock" })));
    expect(await verdictOn(member, { ...pending, doorChange: undefined })).toBe(
      "door-change-missing",
    );
    expect(await verdictOn(member, pending, other.doorChange)).toBe("door-policy-invalid");
    const update = unwrap(await host.crypto.prepareCommit({ kind: "update" }));
    expect(await verdictOn(member, update, pending.doorChange)).toBe("door-change-unexpected");
    expect(await verdictOn(member, pending)).toBe("applied");
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
    const after = await commitAs(call, nth(call, 0), wish({ withdraw: [1] }));
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
    for (const changes of [{ capacity: 3 }, { withdraw: [1] }, { newLink: true }]) {
      expect(codeOf(await coHost.crypto.prepareCommit(wish(changes)))).toBe("commit-not-allowed");
    }
  });
});

describe("a policy", () => {
  it("[HOST-1] that would name more than it can hold is not made, and nothing breaks", async () => {
    let { call } = await withHostLink(await hostedCall(2));
    const host = nth(call, 0);
    const link = { kind: "host-link", role: "co-host", expiresAtSec: EXPIRES } as const;
    while ((await viewOf(call)).roles.length < LIMITS.roles) {
      call = await commitAs(call, host, link);
    }
    expect(codeOf(await host.crypto.prepareCommit(link))).toBe("commit-not-allowed");
    const [leaf] = await leavesOf(call, nth(call, 1).memberId);
    if (leaf === undefined) throw new Error("expected a leaf");
    const coHost = { leaf, expiresAtSec: EXPIRES };
    expect(codeOf(await host.crypto.prepareCommit(wish({ coHost })))).toBe("commit-not-allowed");
    expect(codeOf(await host.crypto.prepareCommit(wish({ coHost, withdraw: [1] })))).toBe("ok");
  });
});

describe("the end for all, by a host link", () => {
  it("[END-3] is a host's word, as long as the policy lists it", async () => {
    const { call, hostLink } = await withHostLink(await hostedCall(1), "host");
    const second = await enterRoom(call.room, { hostLink });
    const joined = await join(call, second);
    const host = nth(joined, 0);
    const end = unwrap(await second.crypto.endForAll());
    expect(await host.crypto.checkEnd(end)).toBe(true);
    await commitAs(joined, host, wish({ withdraw: [1] }));
    expect(await host.crypto.checkEnd(end)).toBe(false);
  });

  it("[HOST-1] is not a co-host's", async () => {
    const { coHost } = await withCoHost();
    expect(codeOf(await coHost.crypto.endForAll())).toBe("not-host");
  });
});

describe("a member made co-host", () => {
  it("[HOST-5] acts by their own identity, and comes back as co-host", async () => {
    let call = await hostedCall(3);
    const [host, member] = [nth(call, 0), nth(call, 1)];
    const [leaf] = await leavesOf(call, member.memberId);
    if (leaf === undefined) throw new Error("expected a leaf");
    call = await commitAs(call, host, wish({ coHost: { leaf, expiresAtSec: EXPIRES } }));
    const pending = unwrap(await member.crypto.prepareCommit(wish({ locked: true })));
    expect((await doorOf(call, pending)).signer.role).toBe("co-host");
    call = await take(call, member, pending);
    expect((await viewOf(call)).members[1]?.role).toBe("co-host");
    call = await commitAs(call, host, wish({ withdraw: [1], locked: false }));
    expect(codeOf(await member.crypto.prepareCommit(wish({ locked: true })))).toBe("not-host");
  });
});
