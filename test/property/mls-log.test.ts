import { describe, expect, it } from "vitest";
import type { MlsGroup, MlsPending } from "../../web/core/mls-engine.ts";
import { forgeMemberCommit, removeProposal } from "../unit/mls/forge.ts";
import {
  at,
  type Bytes,
  engine,
  expectOk,
  exporterValue,
  makePerson,
  makePolicy,
  makeRoom,
  makeSelf,
  type Person,
  type Room,
  signPolicy,
} from "../unit/mls/group-fixture.ts";

const PEOPLE = 8;
const ROUNDS = 18;

/** mulberry32: small, seeded, and good enough to shuffle. */
function makeRandom(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    pick: <Item>(items: readonly Item[]): Item => at(items, below(items.length)),
  };
}
type Random = ReturnType<typeof makeRandom>;

type Entry = { readonly epoch: number; readonly commit: Bytes };
type Device = { readonly person: Person; group: MlsGroup | undefined; read: number };
type Attempt = Entry & { readonly pending: MlsPending | undefined; readonly by: Device };

/**
 * The room of SPEC LOG-2 to LOG-7 with its members: it orders what it can't read, and a member who
 * judged the entry says whether it stands.
 */
class Model {
  readonly log: Entry[] = [];
  readonly refused: string[] = [];
  readonly #room: Room;
  readonly #devices: readonly Device[];
  readonly #standing = new Set<number>();
  #groupInfo: Bytes;

  constructor(room: Room, devices: readonly Device[], groupInfo: Bytes) {
    this.#room = room;
    this.#devices = devices;
    this.#groupInfo = groupInfo;
  }

  get inCall(): readonly Device[] {
    return this.#devices.filter(({ group }) => group !== undefined);
  }

  /** Reads all of the log one has not read, and applies the first entry of each epoch that passes. */
  async catchUp(device: Device): Promise<void> {
    while (device.read < this.log.length) {
      const entry = at(this.log, device.read);
      device.read += 1;
      if (device.group === undefined || entry.epoch !== device.group.epoch) continue;
      const judged = await engine.judgeCommit(device.group, entry.commit);
      if (!judged.ok) continue;
      device.group = judged.value.type === "removed" ? undefined : judged.value.group;
    }
  }

  /** Prepared by what the device knows, which may be behind. */
  async prepare(device: Device, random: Random): Promise<Attempt | undefined> {
    const { group } = device;
    const isJoin = group === undefined || random.below(6) === 0;
    if (isJoin) {
      const options = { ...this.#room, groupInfo: this.#groupInfo, policyFloor: 0 };
      const self = await makeSelf(this.#room, device.person, random.below(200));
      const joined = expectOk(await engine.joinByExternalCommit({ ...options, self }));
      return this.#attempt(device, joined);
    }
    const others = group.members.filter(({ leaf }) => leaf !== group.ownLeaf);
    const target = others.length === 0 ? undefined : random.pick(others);
    const choice = random.below(4);
    if (target === undefined || choice === 0) {
      return this.#attempt(device, expectOk(await engine.commitUpdate(group)));
    }
    if (choice === 1) {
      const gone = await engine.commitRemoveGone(group, [target.leaf]);
      // Past its three, an honest member leaves it to others.
      return gone.ok ? this.#attempt(device, gone.value) : undefined;
    }
    if (choice === 2) {
      const leaver = this.#devices.find(({ person }) => person.memberId === target.memberId);
      if (leaver?.group === undefined) return undefined;
      const bye = await engine.signBye(leaver.group);
      if (!(await engine.verifyBye(group, bye))) return undefined;
      return this.#attempt(device, expectOk(await engine.commitRemoveBye(group, [bye])));
    }
    // A changed client: removes somebody for no reason at all.
    const commit = await forgeMemberCommit(group, { proposals: [removeProposal(target.leaf)] });
    return { by: device, epoch: group.epoch, commit, pending: undefined };
  }

  #attempt(by: Device, pending: MlsPending): Attempt {
    return { by, epoch: pending.group.epoch - 1, commit: pending.commit, pending };
  }

  async submit({ by, epoch, commit, pending }: Attempt): Promise<void> {
    if (this.#standing.has(epoch)) return;
    const judges = this.inCall.filter((device) => device !== by);
    for (const judge of judges) await this.catchUp(judge);
    if (judges.some(({ group }) => group !== undefined && group.epoch > epoch)) return;
    this.log.push({ epoch, commit });
    for (const { group } of judges) {
      if (group === undefined) continue;
      const judged = await engine.judgeCommit(group, commit);
      if (judged.ok) break;
      this.refused.push(judged.error.code);
      return;
    }
    if (pending === undefined) throw new Error("a forged commit stood");
    this.#standing.add(epoch);
    by.group = by.group === undefined ? pending.group : engine.installPending(by.group, pending);
    by.read = this.log.length;
    this.#groupInfo = pending.groupInfo;
  }
}

async function play(seed: number): Promise<Model> {
  const random = makeRandom(seed);
  const room = await makeRoom();
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => makePerson()));
  const signedPolicy = await signPolicy(room, makePolicy(room));
  const self = await makeSelf(room, at(people, 0));
  const created = expectOk(await engine.createGroup({ ...room, signedPolicy, self }));
  const devices = people.map((person, index): Device => {
    const group = index === 0 ? created.group : undefined;
    return { person, group, read: 0 };
  });
  const model = new Model(room, devices, created.groupInfo);
  for (let round = 0; round < ROUNDS; round += 1) {
    const attempts: Attempt[] = [];
    for (let actor = 0; actor < 1 + random.below(3); actor += 1) {
      const device = random.pick(devices);
      // Who does not read first commits to an epoch that may be long past.
      if (random.next() < 0.8) await model.catchUp(device);
      const attempt = await model.prepare(device, random);
      if (attempt !== undefined) attempts.push(attempt);
    }
    for (const attempt of attempts) await model.submit(attempt);
  }
  for (const device of devices) await model.catchUp(device);
  return model;
}

describe("members who apply the first entry of their epoch that passes", () => {
  it.each([1, 20_261_122, 77, 4_096, 31_337])(
    "[LOG-2] end in one epoch with one exporter value, whatever the order (seed %i)",
    async (seed) => {
      const { inCall, log, refused } = await play(seed);
      const groups = inCall.map(({ group }) => group).filter((group) => group !== undefined);
      expect(log.length).toBeGreaterThan(10);
      expect(refused.every((code) => code === "removal-not-allowed")).toBe(true);
      const [first, ...others] = groups;
      if (first === undefined) throw new Error("expected somebody in the call");
      for (const other of others) {
        expect(other.epoch).toBe(first.epoch);
        expect(other.members).toEqual(first.members);
        expect(other.goneLedger).toEqual(first.goneLedger);
        expect(other.confirmedTranscriptHash).toEqual(first.confirmedTranscriptHash);
      }
      expect(new Set(await Promise.all(groups.map(exporterValue))).size).toBe(1);
    },
    30_000,
  );
});
