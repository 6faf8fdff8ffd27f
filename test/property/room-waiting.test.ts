import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headOf, lastSeq } from "../../durable-objects/room/commit-log.ts";
import type { SocketId } from "../../durable-objects/room/state.ts";
import { keepersOf, waitingOf } from "../../durable-objects/room/waiting.ts";
import type { MemberId } from "../../protocol/ids.ts";
import { doorChangeOf } from "../support/door-changes.ts";
import { admit, bye, commit, groupCreate, knock, refuse } from "../support/room-messages.ts";
import { doorPolicyOf, memberNo, RoomSimulation } from "../support/room-simulation.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_125);
const KEEPERS = 3;
const KNOCKERS = 4;

const knocker = fc.integer({ min: 10, max: 9 + KNOCKERS });
const keeper = fc.nat({ max: KEEPERS - 1 });
const stepArbitrary = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("knock" as const), knocker, fill: fc.nat(255) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom(
        "withdraw" as const,
        "close" as const,
        "open" as const,
        "join" as const,
      ),
      knocker,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("admit" as const, "refuse" as const, "block" as const),
      keeper,
      knocker,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("enter" as const, "leave" as const, "lose" as const),
      keeper,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("roles" as const), named: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("evict" as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(4_000) }) },
);
type WaitingStep = typeof stepArbitrary extends fc.Arbitrary<infer Step> ? Step : never;

/** What those who may admit see of those who wait. */
class WatchedDoor {
  readonly room = new RoomSimulation({ mode: "knock" });
  readonly #sockets = new Map<number, SocketId>();
  readonly #views = new Map<SocketId, Map<MemberId, Uint8Array>>();
  #serial = 0;

  constructor() {
    this.#send(0, groupCreate());
    this.#look();
  }

  #socket(member: number): SocketId {
    const open = this.#sockets.get(member);
    if (open !== undefined && this.room.state.sockets.has(open)) return open;
    const socketId = this.room.visit(member, member === 0 ? { role: "host" } : {});
    this.#sockets.set(member, socketId);
    return socketId;
  }

  #send(member: number, message: Parameters<RoomSimulation["send"]>[1]): void {
    this.room.send(this.#socket(member), message);
  }

  #commit(member: number, kind: "join" | "member", doorChange?: Uint8Array<ArrayBuffer>): void {
    const { group } = this.room.state;
    if (group === undefined) return this.#send(0, groupCreate());
    const message = commit(headOf(group.log).epoch, lastSeq(group.log), kind);
    this.#send(member, {
      ...message,
      groupId: group.groupId,
      ...(doorChange === undefined ? {} : { doorChange }),
    });
    this.room.advance(3_000);
  }

  take(step: WaitingStep): void {
    this.#act(step);
    this.#look();
  }

  #act(step: WaitingStep): void {
    switch (step.type) {
      case "knock":
        return this.#send(step.knocker, knock(step.fill));
      case "withdraw":
        return this.#send(step.knocker, { type: "knock-withdrawn" });
      case "open":
        return void this.#socket(step.knocker);
      case "close":
        return this.room.close(this.#socket(step.knocker));
      case "join":
        return this.#commit(step.knocker, "join");
      case "admit":
        return this.#send(step.keeper, admit(step.knocker));
      case "refuse":
      case "block":
        return this.#send(step.keeper, refuse(step.knocker, step.type === "block"));
      case "enter":
        return this.#commit(step.keeper, "join");
      case "leave":
        return this.#send(step.keeper, bye());
      case "lose":
        return this.room.close(this.#socket(step.keeper));
      case "roles":
        return this.#setRoles(step.named);
      case "evict":
        return this.room.evict();
      case "wait":
        return this.room.advance(step.ms);
    }
  }

  /** The other keepers are co-hosts by name, or nobody. */
  #setRoles(named: boolean): void {
    const serial = this.#serial + 1;
    const roles = named
      ? ([{ memberId: memberNo(1), role: "co-host", delegationSerial: serial }] as const)
      : [];
    const before = this.room.state;
    this.#commit(0, "member", doorChangeOf(doorPolicyOf({ mode: "knock", serial, roles })));
    const isTaken = this.room.state.group?.log.entries.some(
      (entry) => entry.doorChange?.door.policy.serial === serial,
    );
    if (before !== this.room.state && isTaken === true) this.#serial = serial;
  }

  /** Whoever may admit no longer forgets; whoever newly may begins with nothing. */
  #look(): void {
    const keepers = new Set(keepersOf(this.room.state));
    for (const socketId of this.#views.keys())
      if (!keepers.has(socketId)) this.#views.delete(socketId);
    for (const [socketId] of this.room.inbox) {
      const messages = this.room.read(socketId);
      if (!keepers.has(socketId)) continue;
      const view = this.#views.get(socketId) ?? new Map<MemberId, Uint8Array>();
      this.#views.set(socketId, view);
      for (const message of messages) {
        if (message.type === "knock") view.set(message.from, message.sealed);
        if (message.type === "knock-gone" && !view.delete(message.from))
          throw new Error("gone, who never waited");
      }
    }
  }

  views(): readonly ReadonlyMap<MemberId, Uint8Array>[] {
    return [...this.#views.values()];
  }
}

describe(`who waits, under any interleaving (seed ${SEED})`, () => {
  it("[KNOCK-3, KNOCK-4, ROOM-7] whoever knocks, renames, leaves, is let in, refused or blocked, each who may admit sees exactly those who wait", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { minLength: 10, maxLength: 70 }), (run) => {
        const door = new WatchedDoor();
        for (const step of run) {
          door.take(step);
          const waiting = waitingOf(door.room.state);
          for (const view of door.views()) {
            expect(view.size).toBe(waiting.size);
            for (const [from, sealed] of waiting) expect(view.get(from)).toEqual(sealed);
          }
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
