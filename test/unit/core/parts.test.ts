import { describe, expect, it } from "vitest";
import { toBase64Url, utf8 } from "../../../protocol/bytes.ts";
import type { LeafIndex, MemberId } from "../../../protocol/ids.ts";
import { sealedSignalCodec } from "../../../protocol/signal.ts";
import { createBackoff } from "../../../web/core/backoff.ts";
import { removalDelayMs, updateDelayMs } from "../../../web/core/commit-duty.ts";
import { createEarlySignals } from "../../../web/core/early-signals.ts";
import { createFreshness } from "../../../web/core/freshness.ts";
import { createRoster } from "../../../web/core/roster.ts";
import { createSerialQueue } from "../../../web/core/serial-queue.ts";
import { hearLevel, SILENT } from "../../../web/core/speaking.ts";
import { readOwnClaims } from "../../../web/core/own-claims.ts";
import { createManualClock } from "../../support/manual-clock.ts";

const leaf = (number: number): LeafIndex => number as LeafIndex;
const member = (letter: string): MemberId => letter.repeat(22) as MemberId;

describe("back-off", () => {
  it("doubles up to its limit, with full jitter, and begins again after a success", () => {
    const backoff = createBackoff({ firstMs: 400, mostMs: 1_000, random: () => 0.5 });
    expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([200, 400, 500]);
    expect(backoff.next(2_000)).toBe(2_500);
    backoff.reset();
    expect(backoff.next()).toBe(200);
  });
});

describe("whose duty a removal is", () => {
  const leaves = [0, 1, 2, 3].map(leaf);
  const delay = (ownLeaf: number, ...leaving: readonly number[]): number =>
    removalDelayMs({
      ownLeaf: leaf(ownLeaf),
      leaves,
      leaving: new Set(leaving.map(leaf)),
      random: 1,
    });

  it("[PAIR-4] the lowest leaf that stays acts at once, each further one later", () => {
    expect([delay(0, 3), delay(1, 3), delay(2, 3)]).toEqual([0, 2_500, 4_000]);
    expect([delay(1, 0), delay(2, 0, 1)]).toEqual([0, 0]);
  });

  it("the whole group renews its keys at the same rate, whatever its size", () => {
    expect(updateDelayMs(2, 0.5)).toBe(300_000);
    expect(updateDelayMs(16, 0.5)).toBe(600_000);
    expect(updateDelayMs(2, 0)).toBe(240_000);
  });
});

describe("early signals", () => {
  const signal = (epoch: number) =>
    sealedSignalCodec.encode({
      groupId: "AAAAAAAAAAAAAAAAAAAAAA" as never,
      epoch: epoch as never,
      fromLeaf: leaf(0),
      toLeaf: leaf(1),
      sequence: 1,
      sealed: new Uint8Array(40),
    });

  it("[SIGNAL-4] keeps 32 of each sender, none whose epoch is past, and nothing unreadable", () => {
    const early = createEarlySignals();
    for (let count = 0; count < 40; count += 1)
      early.keep({ from: member("a"), signal: signal(5) }, 4 as never);
    early.keep({ from: member("b"), signal: signal(4) }, 4 as never);
    early.keep({ from: member("b"), signal: new Uint8Array([1, 2]) }, 4 as never);
    early.keep({ from: member("c"), signal: signal(0) }, undefined);
    expect(early.takeAll().map(({ from }) => from[0])).toEqual([...Array(32).fill("a"), "c"]);
    expect(early.takeAll()).toEqual([]);
  });
});

describe("freshness of the group one entered", () => {
  const entered = (...listed: readonly string[]) => {
    const clock = createManualClock();
    const freshness = createFreshness(clock);
    freshness.begin(listed.map(member));
    return { clock, freshness };
  };

  it("is doubted only after ten seconds, and not if half have confirmed", () => {
    const { clock, freshness } = entered("a", "b", "c", "d");
    freshness.confirmed(member("a"));
    clock.advance(9_999);
    expect(freshness.isCredible()).toBe(true);
    clock.advance(1);
    expect(freshness.isCredible()).toBe(false);
    freshness.confirmed(member("b"));
    expect(freshness.isCredible()).toBe(true);
  });

  it("is not doubted for those who came later, nor for those who left", () => {
    const { clock, freshness } = entered("a", "b");
    freshness.confirmed(member("z"));
    clock.advance(10_000);
    expect(freshness.isCredible()).toBe(false);
    freshness.forget(member("a"));
    freshness.forget(member("b"));
    expect(freshness.isCredible()).toBe(true);
  });

  it("who has confirmed stays a witness after leaving", () => {
    const { clock, freshness } = entered("a", "b");
    freshness.confirmed(member("a"));
    freshness.forget(member("a"));
    clock.advance(10_000);
    expect(freshness.isCredible()).toBe(true);
  });

  it("a group of one needs nobody's word", () => {
    const { clock, freshness } = entered();
    clock.advance(60_000);
    expect(freshness.isCredible()).toBe(true);
  });
});

describe("the roster", () => {
  const state = { name: "Ada", microphone: true, camera: false };

  it("[PAIR-6] tells of a gap once, and takes nothing older than what it knows", () => {
    const roster = createRoster();
    const hear = (sequence: number, name: string) =>
      roster.hear(member("a"), { sequence, type: "state", name });
    expect(hear(7, "Ada").missing).toBeUndefined();
    expect(hear(10, "Adela").missing).toEqual({ from: 8, to: 9 });
    expect(hear(8, "Ad").missing).toBeUndefined();
    expect(roster.of(member("a"))?.name).toBe("Adela");
    expect(roster.lastOf(member("a"))).toBe(10);
  });

  it("[PAIR-6] keeps the last 500 of one's own casts", () => {
    const roster = createRoster();
    for (let count = 0; count < 510; count += 1) roster.say(state);
    expect(roster.said(1, 600)).toHaveLength(500);
    expect(roster.said(1, 11).map(({ sequence }) => sequence)).toEqual([11]);
    expect(roster.newest(state).sequence).toBe(510);
  });
});

describe("speaking", () => {
  it("begins at a level, goes on down to a lower one, and outlasts a short pause", () => {
    const levels = [0.01, 0.03, 0.01, 0.001, 0.001, 0.001, 0.001];
    let speaking = SILENT;
    const heard = levels.map((level, index) => {
      speaking = hearLevel(speaking, level, index * 200);
      return speaking.speaks;
    });
    expect(heard).toEqual([false, true, true, true, true, false, false]);
  });
});

describe("the order of a call", () => {
  it("runs one step at a time, tells what a step threw, and goes on", async () => {
    const faults: unknown[] = [];
    const done: string[] = [];
    const queue = createSerialQueue((fault) => faults.push(fault));
    queue.run(async () => {
      await Promise.resolve();
      done.push("first");
    });
    queue.run(() => {
      throw new Error("second");
    });
    queue.run(() => void done.push("third"));
    await queue.idle();
    expect(done).toEqual(["first", "third"]);
    expect(faults).toEqual([new Error("second")]);
    queue.run(() => void done.push("never"));
    queue.close();
    await queue.idle();
    expect(done).toEqual(["first", "third"]);
  });
});

describe("the id of a token", () => {
  const token = (payload: unknown): string => `e30.${toBase64Url(utf8(JSON.stringify(payload)))}.s`;

  it("is read from its payload, and from nothing else", () => {
    const claims = { jti: "one", role: "co-host" };
    expect(readOwnClaims(token({ ...claims, sub: "x" }))).toEqual(claims);
    expect(readOwnClaims(token({ ...claims, delegation: 0 }))?.delegation).toBe(0);
    for (const other of [token({ jti: "one" }), token({}), token(null), "", "a.b", "a.###.c"])
      expect(readOwnClaims(other)).toBeUndefined();
  });
});
