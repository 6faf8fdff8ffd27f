import { describe, expect, it } from "vitest";
import {
  addVote,
  appendEntry,
  headOf,
  startLog,
} from "../../../durable-objects/room/commit-log.ts";
import type { CommitLog, SocketId } from "../../../durable-objects/room/state.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import {
  commit,
  epochOf,
  failures,
  GROUP,
  resume,
  says,
  seqOf,
  startCall,
} from "../../support/room-messages.ts";
import { bytesOf, memberNo, RoomSimulation } from "../../support/room-simulation.ts";

/** A call of three: its log has two entries, and its epoch is 2. */
function threeInCall(limits = {}) {
  const room = new RoomSimulation({}, limits);
  const [ann, bob, cyd] = startCall(room, 3) as [SocketId, SocketId, SocketId];
  return { room, ann, bob, cyd };
}

describe("an entry of the log", () => {
  it("[LOG-1, LOG-3] is taken, numbered, told to its sender and passed on to all others", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(bob, commit(2, 2));
    expect(room.read(bob)).toEqual([{ type: "commit-taken", seq: 3, epoch: 2 }]);
    const entry = { type: "entry", seq: 3, epoch: 2, from: memberNo(1), commit: bytesOf(30, 1) };
    expect(room.read(ann)).toEqual([entry]);
    expect(room.read(cyd)).toEqual([entry]);
  });

  it("[LOG-3, LOG-4] is lost when its sender did not know the last one, which it gets", () => {
    const { room, ann, bob } = threeInCall();
    room.send(ann, commit(2, 2, "member", 1));
    room.send(bob, commit(2, 2, "member", 2));
    expect(room.readOne(bob, "commit-lost").entries).toEqual([
      { seq: 3, epoch: 2, from: memberNo(0), commit: bytesOf(30, 1) },
    ]);
  });

  it("[LOG-4] of a past epoch is lost, of one past every entry out of range", () => {
    const { room, ann } = threeInCall();
    room.send(ann, commit(1, 2));
    expect(room.readAll(ann, "commit-lost")).toHaveLength(1);
    room.send(ann, commit(3, 2));
    expect(failures(room, ann)).toEqual([["epoch-out-of-range", "commit"]]);
  });

  it("[LOG-3] can't follow on its sender's own before the others had their say", () => {
    const { room, ann, bob } = threeInCall();
    room.send(ann, commit(2, 2));
    room.send(ann, commit(3, 3));
    expect(room.readAll(ann, "commit-lost")).toHaveLength(1);
    room.send(bob, says("applied", 3));
    expect(room.readOne(ann, "turn")).toMatchObject({ epoch: 3, seq: 3 });
    room.send(ann, commit(3, 3));
    expect(room.readOne(ann, "commit-taken")).toMatchObject({ seq: 4 });
  });

  it("[LOG-3] makes room for another of its epoch once more refused it than applied it", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(cyd, commit(2, 2, "member", 66));
    room.send(ann, says("refused", 3));
    room.send(bob, says("refused", 3));
    room.send(ann, commit(2, 3));
    expect(room.readOne(ann, "commit-taken")).toEqual({ type: "commit-taken", seq: 4, epoch: 2 });
  });

  it("[LOG-3] does not count the word of its sender, a visitor, or anybody's second word", () => {
    const { room, ann, bob, cyd } = threeInCall();
    const visitor = room.visit(9);
    room.send(cyd, commit(2, 2));
    room.send(cyd, says("applied", 3));
    room.send(visitor, says("applied", 3));
    room.send(ann, says("refused", 3));
    room.send(ann, says("applied", 3));
    expect(room.state.group?.log.entries.at(-1)).toMatchObject({
      appliedBy: [],
      refusedBy: [memberNo(0)],
    });
    expect(failures(room, visitor)).toEqual([["not-in-call", "applied"]]);
    room.send(bob, says("refused", 3));
    expect(room.state.group?.log.entries.at(-1)?.settled).toBe(true);
  });

  it("[LOG-5] that fell pauses its sender for a minute, and nobody else", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(cyd, commit(2, 2, "member", 66));
    room.send(ann, says("refused", 3));
    room.send(bob, says("refused", 3));
    room.read(cyd);
    room.advance(10_000);
    room.send(cyd, commit(2, 3, "join"));
    expect(room.readAll(cyd, "failure")).toEqual([
      { type: "failure", code: "committer-paused", about: "commit", retryAfterMs: 50_000 },
    ]);
    room.advance(50_000);
    room.send(cyd, commit(2, 3, "join"));
    expect(room.readAll(cyd, "commit-taken")).toHaveLength(1);
  });

  it("[LOG-5] that one falsely refused stands, pauses nobody, and the call goes on from it", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(ann, commit(2, 2));
    room.send(cyd, says("refused", 3));
    room.send(bob, says("applied", 3));
    expect(failures(room, ann)).toEqual([]);
    expect(failures(room, bob)).toEqual([]);
    room.send(ann, commit(3, 3));
    expect(room.readAll(ann, "commit-taken")).toHaveLength(1);
    expect(room.readOne(room.visit(9), "lobby").groupInfo).toBeUndefined();
  });

  it("[LOG-10] shows who is not where the head is: a visitor from then on, told to join again", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(ann, commit(2, 2));
    room.send(cyd, says("refused", 3));
    room.send(bob, says("applied", 3));
    const told = room.read(cyd).filter(({ type }) => type === "lobby" || type === "failure");
    expect(told[0]).toMatchObject({ type: "lobby", epoch: 3, seq: 3 });
    expect(told[1]).toEqual({ type: "failure", code: "entries-gone", about: "resume" });
    expect(room.state.sockets.get(cyd)?.phase).toBe("visiting");
    room.send(cyd, commit(3, 3, "join"));
    expect(room.readAll(cyd, "commit-taken")).toHaveLength(1);
    expect(room.state.group?.members.get(memberNo(2))).toEqual({ phase: "present", stray: false });
  });

  it("[LOG-10] that fell sends its sender away, who may have made the head before", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(cyd, commit(2, 2, "member", 66));
    room.send(ann, says("refused", 3));
    room.send(bob, says("refused", 3));
    expect(room.state.group?.log.entries[1]?.from).toBe(memberNo(2));
    expect(failures(room, cyd)).toEqual([["entries-gone", "resume"]]);
    expect(room.state.sockets.get(cyd)?.phase).toBe("visiting");
  });

  it("[LOG-10] that counts again by a late word sends away who joined in its place", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(ann, commit(2, 2, "member", 1));
    room.close(bob);
    // Cyd is the only one to speak while Bob is away, and lies.
    room.send(cyd, says("refused", 3));
    const dan = room.visit(3);
    expect(room.readAll(dan, "lobby").at(-1)).toMatchObject({ epoch: 2, seq: 3 });
    room.send(dan, commit(2, 3, "join", 9));
    room.send(cyd, says("applied", 4));
    const bobAgain = room.visit(1);
    room.send(bobAgain, resume(2));
    room.send(bobAgain, says("applied", 3));
    expect(failures(room, dan)).toEqual([["entries-gone", "resume"]]);
    room.send(bobAgain, commit(3, 4));
    expect(room.readOne(bobAgain, "commit-taken")).toMatchObject({ seq: 5, epoch: 3 });
  });

  it("[LOG-1, LOG-9] past the 64th drops the oldest, and who is further behind has to join again", () => {
    const { room, ann, bob } = threeInCall();
    const cyd = room.visit(2);
    for (let seq = 2; seq < 68; seq += 1) {
      const sender = seq % 2 === 0 ? ann : bob;
      room.send(sender, commit(seq, seq));
      room.send(sender === ann ? bob : ann, says("applied", seq + 1));
      room.advance(3_000);
    }
    expect(room.state.group?.log.entries).toHaveLength(64);
    room.read(cyd);
    room.send(cyd, resume(3));
    expect(failures(room, cyd)).toEqual([["entries-gone", "resume"]]);
    room.send(cyd, resume(4));
    expect(room.readOne(cyd, "entries").entries.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 64 }, (_, index) => index + 5),
    );
  });

  it("[LOG-3] is not pushed out before it could be refused", () => {
    const { room, ann, bob } = threeInCall({ commitsKept: 4 });
    for (let seq = 2; seq < 4; seq += 1) {
      room.send(seq % 2 === 0 ? ann : bob, commit(seq, seq));
      room.send(seq % 2 === 0 ? bob : ann, says("applied", seq + 1));
    }
    room.read(ann);
    room.send(ann, commit(4, 4));
    expect(room.readAll(ann, "commit-lost")).toHaveLength(1);
    room.advance(3_000);
    room.send(ann, commit(4, 4));
    expect(room.readAll(ann, "commit-taken")).toHaveLength(1);
  });
});

describe("turns", () => {
  it("[LOG-6] come in order of who lost, when the last entry is settled, with a lease of 2 s", () => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(ann, commit(2, 2));
    room.send(cyd, commit(2, 2));
    room.send(bob, commit(2, 2));
    expect(room.readAll(cyd, "turn")).toEqual([]);
    room.send(bob, says("applied", 3));
    expect(room.readOne(cyd, "turn")).toMatchObject({ leaseMs: 2_000, epoch: 3, seq: 3 });
    room.send(bob, commit(3, 3));
    expect(room.readAll(bob, "commit-lost")).toHaveLength(2);
    room.advance(1_999);
    expect(room.readAll(bob, "turn")).toEqual([]);
    room.advance(1);
    expect(room.readAll(bob, "turn")).toHaveLength(1);
  });

  it.each([
    ["a lost socket", (room: RoomSimulation, socketId: SocketId) => room.close(socketId)],
    [
      "a leave",
      (room: RoomSimulation, socketId: SocketId) =>
        room.send(socketId, { type: "bye", groupId: GROUP, bye: bytesOf(9) }),
    ],
  ])("[LOG-6] end by %s", (_, end) => {
    const { room, ann, bob, cyd } = threeInCall();
    room.send(ann, commit(2, 2));
    room.send(cyd, commit(2, 2));
    room.send(bob, commit(2, 2));
    room.send(bob, says("applied", 3));
    end(room, cyd);
    expect(room.readAll(bob, "turn")).toHaveLength(1);
  });

  it("[LOG-6] are granted after 3 s though nobody said a word, and survive eviction", () => {
    const { room, ann, bob } = threeInCall();
    room.send(ann, commit(2, 2));
    room.send(bob, commit(2, 2));
    room.evict();
    room.advance(2_999);
    expect(room.readAll(bob, "turn")).toEqual([]);
    room.advance(1);
    expect(room.readOne(bob, "turn").groupInfo).toEqual(bytesOf(40, 3));
    room.evict();
    room.send(ann, commit(3, 3));
    expect(room.readAll(ann, "commit-lost")).toHaveLength(1);
  });
});

describe("GroupInfo for visitors", () => {
  it("[LOG-7] is withdrawn while an entry awaits a second opinion, and the new one handed out then", () => {
    const { room, ann, bob } = threeInCall();
    const visitor = room.visit(9);
    expect(room.readOne(visitor, "lobby")).toMatchObject({
      epoch: 2,
      seq: 2,
      groupInfo: bytesOf(40, 2),
    });
    room.send(ann, commit(2, 2));
    expect(room.readOne(visitor, "lobby").groupInfo).toBeUndefined();
    room.send(bob, says("applied", 3));
    expect(room.readOne(visitor, "lobby")).toMatchObject({
      epoch: 3,
      seq: 3,
      groupInfo: bytesOf(40, 3),
    });
  });

  it("[LOG-7] is the one before again when the entry falls, with the last seq beside it", () => {
    const { room, ann, bob, cyd } = threeInCall();
    const visitor = room.visit(9);
    room.send(cyd, commit(2, 2, "member", 66));
    room.send(ann, says("refused", 3));
    room.send(bob, says("refused", 3));
    const lobby = room.readAll(visitor, "lobby").at(-1);
    expect(lobby).toMatchObject({ epoch: 2, seq: 3, groupInfo: bytesOf(40, 2) });
    room.send(visitor, commit(2, 3, "join"));
    expect(room.readAll(visitor, "commit-taken")).toHaveLength(1);
  });

  it("[LOG-8] is replaced by any member in the call, for the head only", () => {
    const { room, bob } = threeInCall();
    const visitor = room.visit(9);
    room.read(visitor);
    const publish = (seq: number, epoch: number) =>
      ({
        type: "publish",
        groupId: GROUP,
        seq: seqOf(seq),
        epoch: epochOf(epoch),
        groupInfo: bytesOf(40, 99),
      }) as const;
    room.send(bob, publish(1, 1));
    room.send(visitor, publish(2, 2));
    expect(failures(room, bob)).toEqual([["epoch-out-of-range", "publish"]]);
    expect(failures(room, visitor)).toEqual([["not-in-call", "publish"]]);
    room.send(bob, publish(2, 2));
    expect(room.readOne(visitor, "lobby").groupInfo).toEqual(bytesOf(40, 99));
  });
});

describe("what falls out of the log", () => {
  it("[LOG-3, DOOR-4] an entry that another of its place beat does not count because it is the older", () => {
    const limits = { ...LIMITS, commitsKept: 2 };
    const append = (log: CommitLog, epoch: number, from: number) =>
      appendEntry(
        log,
        {
          epoch: epochOf(epoch),
          from: memberNo(from),
          kind: "member",
          commit: bytesOf(1, epoch),
          commitHash: bytesOf(32, epoch),
          doorChange: undefined,
          takenAtMs: 0,
        },
        undefined,
        limits,
      );
    const vote = (
      log: CommitLog,
      seq: number,
      word: "applied" | "refused",
      voters: readonly number[],
    ) =>
      voters.reduce(
        (voted, by) => addVote(voted, { seq: seqOf(seq), by: memberNo(by), says: word, atMs: 0 }),
        log,
      );
    const start = startLog({ epoch: epochOf(0), seq: seqOf(0) }, undefined);
    const fell = vote(append(start, 0, 1).log, 1, "refused", [2, 3]);
    const both = vote(append(fell, 0, 2).log, 2, "applied", [3, 4, 5]);
    // Late words make the first one stand again, behind the second.
    const { log, dropped } = append(vote(both, 1, "applied", [4, 5]), 1, 3);
    expect(dropped).toEqual([]);
    expect(headOf(log)).toEqual({ epoch: 2, seq: 3 });
    expect(append(log, 2, 4).dropped.map(({ seq }) => seq)).toEqual([2]);
  });
});
