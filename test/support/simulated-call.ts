import { isDeepStrictEqual } from "node:util";
import { headOf, lastSeq, offeredGroupInfo } from "../../durable-objects/room/commit-log.ts";
import type { RoomSocket, SocketId } from "../../durable-objects/room/state.ts";
import type { GroupId, Seq } from "../../protocol/ids.ts";
import { RoomSimulation } from "./room-simulation.ts";
import { makeCommit, SimulatedMember } from "./simulated-member.ts";

/** One thing that happens to a simulated call. */
export type CallStep =
  | { readonly type: "want" | "commit" | "drop" | "return" | "leave"; readonly person: number }
  | { readonly type: "deliver"; readonly person: number; readonly count: number }
  | { readonly type: "evict" | "restart" }
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "lie-commit"; readonly ahead: number }
  | { readonly type: "lie-refuse" | "lie-apply"; readonly back: number };

const bySocket = (
  [left]: readonly [SocketId, RoomSocket],
  [right]: readonly [SocketId, RoomSocket],
) => (left < right ? -1 : 1);

/** Honest members and, if asked for, one liar in a simulated room. */
export class SimulatedCall {
  readonly room = new RoomSimulation();
  readonly #people: readonly SimulatedMember[];
  readonly #liar: SimulatedMember | undefined;

  constructor(people: number, options: { readonly liar?: number } = {}) {
    const member = (): SimulatedMember => {
      const made: SimulatedMember = new SimulatedMember((message) => {
        // What is sent on a dead socket is lost.
        if (made.socketId !== undefined) this.room.send(made.socketId, message);
      });
      return made;
    };
    this.#people = Array.from({ length: people }, member);
    this.#liar = options.liar === undefined ? undefined : member();
    for (const [index] of this.#everyone().entries()) this.#open(index);
    this.#liar?.want();
  }

  #everyone(): readonly SimulatedMember[] {
    return this.#liar === undefined ? this.#people : [...this.#people, this.#liar];
  }

  #open(index: number): void {
    const person = this.#everyone()[index];
    if (person !== undefined && person.socketId === undefined)
      person.socketId = this.room.visit(index);
  }

  #deliver(person: SimulatedMember | undefined, count: number): boolean {
    const inbox = person?.socketId === undefined ? undefined : this.room.inbox.get(person.socketId);
    const messages = inbox?.splice(0, count) ?? [];
    for (const message of messages) person?.hear(message);
    return messages.length > 0;
  }

  take(step: CallStep): void {
    switch (step.type) {
      case "want":
        return this.#people[step.person]?.want();
      case "commit":
        return this.#people[step.person]?.commit();
      case "leave":
        this.#people[step.person]?.leave();
        return this.#drop(this.#people[step.person]);
      case "drop":
        return this.#drop(this.#people[step.person]);
      case "return":
        return this.#open(step.person);
      case "deliver":
        this.#deliver(this.#people[step.person], step.count);
        this.#deliver(this.#liar, 3);
        return;
      case "evict":
        return this.#evict();
      case "restart":
        this.room.evict("restart");
        for (const person of this.#everyone()) person.socketLost();
        return;
      case "wait":
        return this.room.advance(step.ms);
      default:
        return this.#lie(step);
    }
  }

  #drop(person: SimulatedMember | undefined): void {
    if (person?.socketId === undefined) return;
    this.room.close(person.socketId);
    person.socketLost();
  }

  /** SPEC ROOM-7: what is read back is what was held. */
  #evict(): void {
    const { sockets: before, ...rest } = this.room.state;
    this.room.evict();
    const { sockets: after, ...restAfter } = this.room.state;
    const isSame =
      isDeepStrictEqual(restAfter, rest) &&
      isDeepStrictEqual([...after].toSorted(bySocket), [...before].toSorted(bySocket));
    if (!isSame) throw new Error("[ROOM-7] an eviction changed the room");
  }

  /** What a member of the group can say that isn't true. It knows all the room does. */
  #lie(step: Extract<CallStep, { readonly type: `lie-${string}` }>): void {
    const { group } = this.room.state;
    const socketId = this.#liar?.socketId;
    if (group === undefined || socketId === undefined) return;
    const { groupId, log } = group;
    if (step.type === "lie-commit") {
      const epoch = Math.max(0, headOf(log).epoch + step.ahead);
      const commit = {
        parent: "nonsense",
        kind: "member",
        groupId,
        epoch,
        after: lastSeq(log),
      } as const;
      this.room.send(socketId, makeCommit(commit).message);
      return;
    }
    const seq = (lastSeq(log) - step.back) as Seq;
    if (seq < 1) return;
    this.room.send(socketId, {
      type: step.type === "lie-refuse" ? "refused" : "applied",
      groupId,
      seq,
    });
  }

  /** The liar goes, everybody else comes back, and time passes until nothing changes. */
  settle(): void {
    this.#drop(this.#liar);
    for (let round = 0; round < 40; round += 1) {
      for (const index of this.#people.keys()) this.#open(index);
      let isMoving = true;
      for (let passes = 0; isMoving; passes += 1) {
        if (passes > 500) throw new Error("the room and its members answer one another for ever");
        isMoving = this.#people.map((person) => this.#deliver(person, 100)).includes(true);
      }
      this.room.advance(5_000);
      for (const person of this.#people) person.giveUpWaiting();
    }
  }

  /** Where everybody is who wants to be in the call. */
  standings(): readonly object[] {
    return this.#people
      .filter(({ phase }) => phase !== "out")
      .map(({ phase, groupId, branch, epoch, lastSeq: seq }) => ({
        phase,
        groupId,
        branch,
        epoch,
        seq,
      }));
  }

  /** All of them where the room's own GroupInfo leads. */
  expectedStandings(): readonly object[] {
    const { group } = this.room.state;
    const wanted = this.standings().length;
    if (group === undefined) return wanted === 0 ? [] : [{ error: "no group" }];
    const offered = offeredGroupInfo(group.log);
    if (offered === undefined) return [{ error: "no GroupInfo" }];
    const { branch } = JSON.parse(new TextDecoder().decode(offered.groupInfo)) as {
      branch: string;
    };
    const standing = {
      phase: "in",
      groupId: group.groupId satisfies GroupId,
      branch,
      epoch: headOf(group.log).epoch,
      seq: lastSeq(group.log),
    };
    return Array.from({ length: wanted }, () => standing);
  }
}
