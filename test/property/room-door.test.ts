import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headOf, lastSeq } from "../../durable-objects/room/commit-log.ts";
import { judgeAccess } from "../../durable-objects/room/door.ts";
import type { LogEntry, SocketId } from "../../durable-objects/room/state.ts";
import type { Seq } from "../../protocol/ids.ts";
import type { DoorPolicy } from "../../protocol/policy.ts";
import { delegationOf, doorChangeOf } from "../support/door-changes.ts";
import { commit, groupCreate, says } from "../support/room-messages.ts";
import { bytesOf, doorPolicyOf, memberNo, RoomSimulation } from "../support/room-simulation.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_125);
const PEOPLE = 4;
const COMMITS_KEPT = 5;

const person = fc.nat({ max: PEOPLE - 1 });
const stepArbitrary = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("change" as const),
      person: fc.constantFrom(0, 1),
      mode: fc.constantFrom("open" as const, "knock" as const),
      locked: fc.boolean(),
      newLink: fc.boolean(),
      staleBy: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("commit" as const), person }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("join" as const), person }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom("applied" as const, "refused" as const),
      person,
      back: fc.nat({ max: 2 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(4_000) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("evict" as const) }) },
);
type DoorStep = typeof stepArbitrary extends fc.Arbitrary<infer Step> ? Step : never;

/** A host, a co-host and two members who say whatever they like, and all that was ever taken. */
class ChangingRoom {
  readonly start: DoorPolicy = doorPolicyOf({
    roles: [{ memberId: memberNo(1), role: "co-host", delegationSerial: 1 }],
  });
  readonly room = new RoomSimulation(this.start, { commitsKept: COMMITS_KEPT });
  /** By seq: what it builds on, and what it makes of the door. */
  readonly taken = new Map<Seq, Pick<LogEntry, "parent"> & { readonly policy?: DoorPolicy }>();
  readonly #sockets: readonly SocketId[];

  constructor() {
    this.#sockets = Array.from({ length: PEOPLE }, (_, member) =>
      this.room.visit(member, member === 0 ? { role: "host" } : {}),
    );
    this.#send(0, groupCreate());
    for (let member = 1; member < PEOPLE; member += 1) {
      this.take({ type: "join", person: member });
      this.room.advance(3_000);
    }
  }

  #send(member: number, message: Parameters<RoomSimulation["send"]>[1]): void {
    const socketId = this.#sockets[member];
    if (socketId !== undefined) this.room.send(socketId, message);
  }

  get #log() {
    const { group } = this.room.state;
    if (group === undefined) throw new Error("the group is gone");
    return group.log;
  }

  /** The policies from the start to the head, by the way the entries were built on one another. */
  path(): readonly DoorPolicy[] {
    const path: DoorPolicy[] = [];
    for (let at: Seq = headOf(this.#log).seq; at !== 0;) {
      const entry = this.taken.get(at);
      if (entry === undefined) throw new Error("the head is an entry nobody made");
      if (entry.policy !== undefined) path.unshift(entry.policy);
      at = entry.parent;
    }
    return [this.start, ...path];
  }

  take(step: DoorStep): void {
    switch (step.type) {
      case "wait":
        return this.room.advance(step.ms);
      case "evict":
        return this.room.evict();
      case "applied":
      case "refused":
        return this.#send(step.person, says(step.type, lastSeq(this.#log) - step.back));
      case "change":
        return this.#change(step);
      default:
        return this.#commit(step.person, 0, step.type === "join" ? "join" : "member");
    }
  }

  #change(step: Extract<DoorStep, { readonly type: "change" }>): void {
    const before = this.path().at(-1) ?? this.start;
    const generation = (before.link?.generation ?? 0) + 1;
    // A co-host may make no new link but in a kick.
    const isNew = step.newLink && step.person === 0;
    const serial = before.serial + 1;
    const policy: DoorPolicy = {
      ...before,
      serial,
      mode: step.mode,
      locked: step.locked,
      link: isNew ? { generation, accessHash: bytesOf(32, 50 + serial) } : before.link,
    };
    this.#commit(step.person, step.staleBy, "member", policy);
  }

  #commit(member: number, staleBy: number, kind: "join" | "member", policy?: DoorPolicy): void {
    const last = lastSeq(this.#log);
    const { epoch, seq: parent } = headOf(this.#log);
    const message = commit(epoch, last - staleBy, kind, last + 1);
    const delegation = member === 0 ? undefined : delegationOf("co-host", 1);
    const doorChange = policy && doorChangeOf(policy, delegation);
    this.#send(member, doorChange === undefined ? message : { ...message, doorChange });
    if (lastSeq(this.#log) === last) return;
    this.taken.set(lastSeq(this.#log), policy === undefined ? { parent } : { parent, policy });
  }
}

const accessOf = (room: RoomSimulation, accessHash: Uint8Array): string => {
  const memberId = memberNo(90);
  const access = judgeAccess(room.state, { accessHash, memberId, shown: undefined });
  return access.ok ? "ok" : access.error.code;
};

describe(`the door under any interleaving (seed ${SEED})`, { timeout: 30_000 }, () => {
  it("[DOOR-4, DOOR-5, ROTATE-6, TICKET-6] whatever is changed, lost, refused, dropped and evicted, the door is that of the commits that count", () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { minLength: 10, maxLength: 60 }), (run) => {
        const changing = new ChangingRoom();
        const { room } = changing;
        for (const step of run) {
          changing.take(step);
          const path = changing.path();
          const policy = path.at(-1) ?? changing.start;
          const lobby = room.readOne(room.visit(80), "lobby");
          expect(lobby).toMatchObject({ mode: policy.mode, locked: policy.locked });
          expect(lobby.policy).toEqual(
            policy === changing.start ? bytesOf(64, 4) : bytesOf(64, 100 + policy.serial),
          );
          expect(policy.serial).toBe(path.length - 1);
          const hashes = path.map(({ link }) => link?.accessHash ?? bytesOf(32, 2));
          const inForce = hashes.at(-1) ?? bytesOf(32, 2);
          for (const hash of hashes) {
            expect(accessOf(room, hash)).toBe(hash[0] === inForce[0] ? "ok" : "link-replaced");
          }
          const isAsked = policy.mode === "knock" || policy.locked;
          const handedOut = [lobby.groupInfo, ...(room.state.group?.log.groupInfos.values() ?? [])];
          expect(isAsked ? handedOut : [undefined]).toEqual([undefined]);
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});
