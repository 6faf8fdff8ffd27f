import { describe, expect, it } from "vitest";
import type { RoomStore } from "../../durable-objects/room-store.ts";
import { appendEntry, addVote, startLog } from "../../durable-objects/room/commit-log.ts";
import { readDoorChange } from "../../durable-objects/room/door-change.ts";
import type {
  DoorChanged,
  Group,
  RoomLimits,
  RoomRecord,
  SocketId,
  StoredRoom,
} from "../../durable-objects/room/state.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { doorChangeOf } from "../support/door-changes.ts";
import {
  bytesOf,
  doorPolicyOf,
  groupNo,
  memberNo,
  roomRecord,
} from "../support/room-simulation.ts";

const nothing: StoredRoom = { room: undefined, group: undefined, ended: undefined };

const room: RoomRecord = {
  ...roomRecord({ bannedMemberIds: [memberNo(8)], locked: true }),
  retiredAccessHashes: [bytesOf(32, 9), bytesOf(32, 10)],
  createdAtMs: 1_763_000_000_000,
  lastUsedAtMs: 1_763_000_000_001,
};

const seq = (value: number) => value as Group["log"]["start"]["seq"];
const epoch = (value: number) => value as Group["log"]["start"]["epoch"];
const limits: RoomLimits = { ...LIMITS, commitsKept: 3 };

const newGroup = (number: number): Group => ({
  groupId: groupNo(number),
  log: startLog({ epoch: epoch(4), seq: seq(2) }, bytesOf(50, number)),
  members: new Map([[memberNo(1), { phase: "present", stray: false }]]),
  admitted: [],
  blocked: [],
  queue: [],
  turn: undefined,
  emptySinceMs: undefined,
});

const doorChange = (serial: number): DoorChanged => {
  const bytes = doorChangeOf(doorPolicyOf({ serial }));
  const changed = readDoorChange(bytes);
  if (changed === undefined) throw new TypeError("door change: expected one that can be read");
  return changed;
};

function withEntries(group: Group, count: number): Group {
  let { log } = group;
  for (let added = 0; added < count; added += 1) {
    const commit = {
      epoch: epoch(4 + added),
      from: memberNo(1 + added),
      kind: "join" as const,
      commit: bytesOf(LIMITS.commitBytes, added),
      commitHash: bytesOf(32, added),
      doorChange: added % 2 === 1 ? doorChange(added) : undefined,
      takenAtMs: 1_763_000_000_100 + added,
    };
    ({ log } = appendEntry(log, commit, bytesOf(LIMITS.groupInfoBytes, added), limits));
  }
  return { ...group, log };
}

/** What every store of a room does. `open` gives a store on fresh storage, and the same storage again when asked. */
export function roomStoreContract(
  name: string,
  withStorage: (test: (reopen: () => RoomStore) => void | Promise<void>) => Promise<void>,
): void {
  describe(`a store of a room: ${name}`, () => {
    it("knows nothing of a room nobody created", () =>
      withStorage((reopen) => {
        expect(reopen().load()).toEqual(nothing);
      }));

    it("[ROOM-7] gives back all that was saved, step by step", () =>
      withStorage((reopen) => {
        const first = newGroup(1);
        const joined = withEntries(first, 2);
        const vote = { seq: seq(3), by: memberNo(7), says: "refused", atMs: 5 } as const;
        const steps: readonly StoredRoom[] = [
          { ...nothing, room },
          { ...nothing, room: { ...room, lastUsedAtMs: 1_763_000_000_999 } },
          { ...nothing, room: { ...room, door: doorChange(7).door, endedForGood: [groupNo(5)] } },
          {
            ...nothing,
            room: {
              ...room,
              door: doorChange(8).door,
              endedForGood: [groupNo(5), groupNo(3)],
              retiredAccessHashes: [bytesOf(32, 10), bytesOf(32, 11)],
            },
          },
          { ...nothing, room, group: first },
          { ...nothing, room, group: joined },
          { ...nothing, room, group: { ...joined, log: addVote(joined.log, vote) } },
          {
            ...nothing,
            room,
            group: {
              ...joined,
              admitted: [memberNo(4), memberNo(3)],
              blocked: [memberNo(5)],
              queue: ["a" as SocketId, "b" as SocketId],
              turn: { socketId: "c" as SocketId, expiresAtMs: 77 },
              emptySinceMs: 55,
              members: new Map([
                [memberNo(1), { phase: "lost", sinceMs: 9, stray: true }],
                [memberNo(2), { phase: "left", stray: false }],
              ]),
            },
          },
          // More than are kept: the oldest entries and GroupInfos go.
          { ...nothing, room, group: withEntries(first, 5) },
          {
            room,
            group: undefined,
            ended: {
              groupId: groupNo(1),
              epoch: epoch(9),
              lastSeq: seq(7),
              memberIds: [memberNo(1), memberNo(2)],
              admitted: [memberNo(3)],
              blocked: [memberNo(5)],
              endedAtMs: 88,
            },
          },
          { ...nothing, room, group: newGroup(2) },
          // Another group's entries have the same seqs, but not its changes of the door.
          { ...nothing, room, group: withEntries(newGroup(3), 1) },
        ];
        let before = nothing;
        for (const after of steps) {
          reopen().save(before, after);
          expect(reopen().load()).toEqual(after);
          before = after;
        }
      }));

    it("[ROOM-7] leaves what did not change alone, and keeps members in order", () =>
      withStorage((reopen) => {
        const group = withEntries(newGroup(1), 2);
        const before: StoredRoom = { room, group, ended: undefined };
        reopen().save(nothing, before);
        const members = new Map(group.members).set(memberNo(0), { phase: "present", stray: false });
        const after = { ...before, group: { ...group, members } };
        reopen().save(before, after);
        expect([...(reopen().load().group?.members.keys() ?? [])]).toEqual([
          memberNo(1),
          memberNo(0),
        ]);
        expect(reopen().load()).toEqual(after);
      }));

    it("[HTTP-2, SOCKET-2] lets a key be used once until it expires", () =>
      withStorage((reopen) => {
        reopen().save(nothing, { ...nothing, room });
        expect(reopen().takeOnce("a", 1_000, 10)).toBe(true);
        expect(reopen().takeOnce("a", 5_000, 999)).toBe(false);
        expect(reopen().takeOnce("b", 1_000, 999)).toBe(true);
        expect(reopen().takeOnce("a", 5_000, 1_000)).toBe(true);
      }));

    it("forgets everything when it is cleared", () =>
      withStorage(async (reopen) => {
        const store = reopen();
        store.save(nothing, { room, group: newGroup(1), ended: undefined });
        store.takeOnce("a", 1_000, 10);
        await store.clear();
        expect(store.load()).toEqual(nothing);
        expect(reopen().load()).toEqual(nothing);
        store.save(nothing, { ...nothing, room });
        expect(store.takeOnce("a", 1_000, 10)).toBe(true);
      }));
  });
}
