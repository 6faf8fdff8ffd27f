import { describe, expect, it } from "vitest";
import type { HostSigner } from "../../../protocol/delegation.ts";
import type { MemberId, RoomId } from "../../../protocol/ids.ts";
import type { DoorPolicy, GroupPolicy } from "../../../protocol/policy.ts";
import {
  judgeDoorPolicyChange,
  judgeGroupPolicyChange,
  saysTheSame,
} from "../../../protocol/policy-change.ts";

const roomId = "AwAAAAAAAAAAAAAAAAAAAA" as RoomId;
const key = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(value);
const memberId = (letter: string): MemberId => `${letter}AAAAAAAAAAAAAAAAAAAAA` as MemberId;

const group: GroupPolicy = {
  roomId,
  serial: 5,
  mode: "open",
  locked: false,
  bans: [],
  roles: [
    { identityKey: key(1), memberId: memberId("A"), role: "host", delegationSerial: 0 },
    { role: "co-host", delegationSerial: 3 },
    { identityKey: key(4), memberId: memberId("D"), role: "co-host", delegationSerial: 4 },
  ],
  capacity: 16,
  linkGeneration: 2,
};
const door: DoorPolicy = {
  roomId,
  serial: 5,
  mode: "open",
  locked: false,
  bannedMemberIds: [],
  roles: [
    { memberId: memberId("A"), role: "host" },
    { role: "co-host", delegationSerial: 3 },
    { memberId: memberId("D"), role: "co-host", delegationSerial: 4 },
  ],
  capacity: 16,
  link: { generation: 2, accessHash: key(8) },
};

const asHost: HostSigner = { key: key(0), role: "host", delegation: undefined };
const delegated = (role: "host" | "co-host", serial: number): HostSigner => ({
  key: key(9),
  role,
  delegation: {
    delegateKey: key(9),
    role,
    serial,
    expiresAtSec: 0,
    hostKey: key(0),
    signature: new Uint8Array(64),
  },
});
const asCoHost = delegated("co-host", 3);

const codeOf = (change: { readonly ok: boolean; readonly error?: { readonly code: string } }) =>
  change.ok ? "allowed" : change.error?.code;
const inGroup = (changes: Partial<GroupPolicy>, signer: HostSigner, kicks = false) =>
  codeOf(judgeGroupPolicyChange(group, { ...group, serial: 6, ...changes }, signer, kicks));
const atDoor = (changes: Partial<DoorPolicy>, signer: HostSigner) =>
  codeOf(judgeDoorPolicyChange(door, { ...door, serial: 6, ...changes }, signer));

describe("who may change what", () => {
  it("[POLICY-5] nothing is changed by a serial that is not the next", () => {
    for (const serial of [4, 5, 7]) {
      expect(inGroup({ serial }, asHost)).toBe("policy-serial");
      expect(atDoor({ serial }, asHost)).toBe("policy-serial");
    }
  });

  it("[POLICY-6] host and co-host may change mode, locked and bans", () => {
    const bans = [{ identityKey: key(7), memberId: memberId("H") }];
    const bannedMemberIds = [memberId("H")];
    for (const signer of [asHost, asCoHost, delegated("co-host", 4)]) {
      expect(inGroup({ mode: "knock", locked: true, bans }, signer)).toBe("allowed");
      expect(atDoor({ mode: "knock", locked: true, bannedMemberIds }, signer)).toBe("allowed");
    }
  });

  it("[POLICY-6] capacity and roles are the host's", () => {
    const wishes = [
      [{ capacity: 9 }, { capacity: 9 }],
      [{ roles: group.roles.slice(1) }, { roles: door.roles.slice(1) }],
      [{ roles: group.roles.toReversed() }, { roles: door.roles.toReversed() }],
    ] as const;
    for (const [ofGroup, ofDoor] of wishes) {
      expect(inGroup(ofGroup, asHost)).toBe("allowed");
      expect(atDoor(ofDoor, asHost)).toBe("allowed");
      expect(inGroup(ofGroup, asCoHost)).toBe("policy-not-allowed");
      expect(atDoor(ofDoor, asCoHost)).toBe("policy-not-allowed");
    }
  });

  it("[POLICY-6] a co-host may take the entry of its own delegation, and no other", () => {
    const [first, own, third] = group.roles;
    const [firstAtDoor, ownAtDoor, thirdAtDoor] = door.roles;
    if (!first || !own || !third || !firstAtDoor || !ownAtDoor || !thirdAtDoor) {
      throw new Error("expected three roles");
    }
    const taken = { ...own, identityKey: key(7), memberId: memberId("H") };
    expect(inGroup({ roles: [first, taken, third] }, asCoHost)).toBe("allowed");
    const takenAtDoor = { ...ownAtDoor, memberId: memberId("H") };
    expect(atDoor({ roles: [firstAtDoor, takenAtDoor, thirdAtDoor] }, asCoHost)).toBe("allowed");
    for (const roles of [
      [first, { ...taken, role: "host" as const }, third],
      [first, { ...taken, delegationSerial: 6 }, third],
      [first, own, { ...third, identityKey: key(7) }],
      [{ ...first, identityKey: key(7) }, own, third],
    ]) {
      expect(inGroup({ roles }, asCoHost)).toBe("policy-not-allowed");
    }
    expect(atDoor({ roles: [firstAtDoor, ownAtDoor, takenAtDoor] }, asCoHost)).toBe(
      "policy-not-allowed",
    );
  });

  it("[HOST-2] a delegate whom no policy lists, or in another role, may change nothing", () => {
    for (const signer of [delegated("co-host", 2), delegated("host", 3)]) {
      expect(inGroup({ locked: true }, signer)).toBe("policy-not-allowed");
      expect(atDoor({ locked: true }, signer)).toBe("policy-not-allowed");
    }
  });

  it("[HOST-2] a policy lists its own signer: whoever withdraws itself would shut the door behind it", () => {
    const second = { role: "host" as const, delegationSerial: 3 };
    const roles = group.roles.map((entry) => (entry.delegationSerial === 3 ? second : entry));
    const before = { ...group, roles };
    const after = { ...before, serial: 6 };
    const asSecond = delegated("host", 3);
    expect(codeOf(judgeGroupPolicyChange(before, after, asSecond, false))).toBe("allowed");
    const without = { ...after, roles: roles.filter((entry) => entry !== second) };
    expect(codeOf(judgeGroupPolicyChange(before, without, asSecond, false))).toBe(
      "policy-not-allowed",
    );
    expect(codeOf(judgeGroupPolicyChange(before, without, asHost, false))).toBe("allowed");
  });

  it("[HOST-3] a new role has the serial of the policy that brings it, so that none withdrawn comes back", () => {
    const rest = group.roles.slice(0, 1);
    const restAtDoor = door.roles.slice(0, 1);
    const added = (delegationSerial: number) => ({ role: "co-host" as const, delegationSerial });
    expect(inGroup({ roles: [...rest, added(6)] }, asHost)).toBe("allowed");
    expect(atDoor({ roles: [...restAtDoor, added(6)] }, asHost)).toBe("allowed");
    const twice = [...rest, added(6), added(6)];
    expect(inGroup({ roles: twice }, asHost)).toBe("policy-not-allowed");
    for (const serial of [2, 5, 7]) {
      expect(inGroup({ roles: [...rest, added(serial)] }, asHost)).toBe("policy-not-allowed");
      expect(atDoor({ roles: [...restAtDoor, added(serial)] }, asHost)).toBe("policy-not-allowed");
    }
  });

  it("[ROTATE-2] the link goes one generation on: by the host, or by a co-host who kicks", () => {
    expect(inGroup({ linkGeneration: 3 }, asHost)).toBe("allowed");
    expect(inGroup({ linkGeneration: 3 }, asCoHost)).toBe("policy-not-allowed");
    expect(inGroup({ linkGeneration: 3 }, asCoHost, true)).toBe("allowed");
    for (const linkGeneration of [undefined, 1, 4]) {
      expect(inGroup({ linkGeneration }, asHost, true)).toBe("policy-not-allowed");
    }
    const link = { generation: 3, accessHash: key(7) };
    expect(atDoor({ link }, asHost)).toBe("allowed");
    expect(atDoor({ link }, asCoHost)).toBe("policy-not-allowed");
    expect(atDoor({ link, bannedMemberIds: [memberId("H")] }, asCoHost)).toBe("allowed");
  });

  it("[ROTATE-2] the door's access value changes with the generation only", () => {
    expect(atDoor({ link: { generation: 2, accessHash: key(7) } }, asHost)).toBe(
      "policy-not-allowed",
    );
    expect(atDoor({ link: undefined }, asHost)).toBe("policy-not-allowed");
    const first = { ...door, link: undefined };
    const second = { ...door, serial: 6, link: { generation: 1, accessHash: key(7) } };
    expect(codeOf(judgeDoorPolicyChange(first, second, asHost))).toBe("allowed");
  });
});

describe("the two policies", () => {
  it("[DOOR-2] say the same, field by field", () => {
    expect(saysTheSame(group, door)).toBe(true);
    const differences: readonly Partial<DoorPolicy>[] = [
      { serial: 6 },
      { mode: "knock" },
      { locked: true },
      { capacity: 15 },
      { link: undefined },
      { link: { generation: 3, accessHash: key(8) } },
      { bannedMemberIds: [memberId("H")] },
      { roles: door.roles.slice(1) },
      { roles: door.roles.map((entry) => ({ ...entry, role: "host" as const })) },
      { roles: door.roles.map((entry) => ({ ...entry, memberId: memberId("H") })) },
      { roles: door.roles.map((entry) => ({ ...entry, delegationSerial: undefined })) },
    ];
    for (const difference of differences) {
      expect(saysTheSame(group, { ...door, ...difference })).toBe(false);
    }
    const banned = { ...group, bans: [{ identityKey: key(7), memberId: memberId("H") }] };
    expect(saysTheSame(banned, { ...door, bannedMemberIds: [memberId("H")] })).toBe(true);
    expect(saysTheSame(banned, { ...door, bannedMemberIds: [memberId("Q")] })).toBe(false);
  });
});
