import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import type { DoorPolicy } from "../../../protocol/policy.ts";
import type { RoomState } from "../../../durable-objects/room/state.ts";
import { expectTogether, expectTogetherSoon } from "../../support/call-checks.ts";
import { createCallWorld, type CallWorld } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const HOUR_MS = 3_600_000;
const amend = (change: (state: RoomState) => RoomState): void =>
  world.network.room(world.link.roomId).amend(change);
const policy = (state: RoomState, change: Partial<DoorPolicy>): RoomState => {
  const { room } = state;
  if (room === undefined) return state;
  const door = { ...room.door, policy: { ...room.door.policy, ...change } };
  return { ...state, room: { ...room, door } };
};

describe("the door", { timeout: 30_000 }, () => {
  it.each([HOUR_MS, -HOUR_MS, 12 * HOUR_MS])(
    "[HTTP-2] a clock that is wrong by %i ms costs one more request and nothing else",
    async (clockWrongByMs) => {
      const [ada] = await world.joined("Ada");
      const bea = await world.open(createFakeProfile("Bea"), { clockWrongByMs });
      bea.call.join();
      await expectTogetherSoon(world, [ada, bea], 5_000);
      bea.line.drop();
      await world.time.pass(3_000);
      await expectTogether([ada, bea]);
    },
  );

  it("a room that does not exist is told so, in the lobby", async () => {
    const secret = crypto.getRandomValues(new Uint8Array(16));
    const other = await createCallWorld();
    const bea = await world.open(createFakeProfile("Bea"), {
      link: { ...other.link, secret },
    });
    await world.time.pass(1_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", failure: "room-unknown" });
    await other.end();
  });

  it("a link with another secret is told so", async () => {
    const secret = crypto.getRandomValues(new Uint8Array(16));
    const bea = await world.open(createFakeProfile("Bea"), { link: { ...world.link, secret } });
    await world.time.pass(1_000);
    expect(bea.snapshot()).toMatchObject({ phase: "lobby", failure: "access-wrong" });
    expect(bea.notices).toEqual([{ type: "failure", code: "access-wrong" }]);
  });

  it("[CALL-1] who finds the call full is told so, and gets in by the next press once there is room", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    amend((state) => policy(state, { capacity: 2 }));
    const cem = await world.open(createFakeProfile("Cem"));
    cem.call.join();
    await world.time.pass(2_000);
    expect(cem.snapshot()).toMatchObject({ phase: "lobby", failure: "call-full", people: [] });
    await expectTogether([ada, bea]);
    bea.leave();
    await world.time.pass(500);
    cem.call.join();
    await expectTogetherSoon(world, [ada, cem], 5_000);
    expect(cem.snapshot().failure).toBeUndefined();
  });

  it("[CALL-1] who is banned is told so at the edge, or by the room", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    const cem = await world.open(createFakeProfile("Cem"));
    await world.time.until(() => cem.snapshot().ready, 5_000);
    amend((state) =>
      policy(state, {
        bannedMemberIds: [...state.sockets.values()].map(({ memberId }) => memberId),
      }),
    );
    cem.call.join();
    await world.time.pass(2_000);
    expect(cem.snapshot()).toMatchObject({ phase: "lobby", failure: "banned" });
    cem.call.again();
    await world.time.pass(3_000);
    expect(cem.snapshot()).toMatchObject({ phase: "lobby", failure: "banned", ready: false });
    await expectTogether([ada, bea]);
  });

  it("a room with too many sockets turns further ones away, and nobody in it notices", async () => {
    const pages = await world.joined("Ada", "Bea");
    amend((state) => ({ ...state, limits: { ...state.limits, socketsPerRoom: 2 } }));
    const cem = await world.open(createFakeProfile("Cem"));
    await world.time.pass(2_000);
    expect(cem.snapshot()).toMatchObject({ phase: "lobby", failure: "room-full" });
    await expectTogether(pages);
  });

  it("a service that does not answer is asked until it does", async () => {
    const bea = await world.open(createFakeProfile("Bea"));
    bea.line.cut();
    bea.call.join();
    await world.time.pass(60_000);
    expect(bea.snapshot()).toMatchObject({ phase: "joining", failure: undefined });
    bea.line.restore();
    await expectTogetherSoon(world, [bea], 20_000);
  });

  it("what wakes the page ends the wait for the next attempt", async () => {
    let wake = (): void => {};
    const bea = await world.open(createFakeProfile("Bea"), {
      ports: () => ({
        onWake: (listener) => {
          wake = listener;
          return () => {};
        },
      }),
    });
    bea.line.cut();
    await world.time.pass(120_000);
    bea.line.restore();
    wake();
    await world.time.pass(300);
    expect(bea.snapshot().ready).toBe(true);
  });

  it("where keys can't be kept one still gets in, and it is known", async () => {
    const [ada] = await world.joined("Ada");
    const bea = await world.open(createFakeProfile("Bea", createMemoryVault()));
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    expect(bea.snapshot().deviceKept).toBe(false);
    expect(ada.snapshot().deviceKept).toBe(true);
  });
});

describe("a second tab", { timeout: 30_000 }, () => {
  it("is told that the call is elsewhere, and leaves it alone", async () => {
    const profile = createFakeProfile("Bea");
    const [ada] = await world.joined("Ada");
    const bea = await world.open(profile);
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    const second = await world.open(profile);
    second.call.join();
    await world.time.pass(3_000);
    expect(second.snapshot()).toMatchObject({ phase: "lobby", elsewhere: true });
    expect(second.line.sent()).toEqual([]);
    await expectTogether([ada, bea]);
  });

  it("takes the call over when asked to: the same person, in one tile", async () => {
    const profile = createFakeProfile("Bea");
    const [ada] = await world.joined("Ada");
    const bea = await world.open(profile);
    bea.call.join();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    const notices = ada.notices.length;
    const second = await world.open(profile);
    await world.time.pass(500);
    second.call.moveHere();
    await expectTogetherSoon(world, [ada, second], 5_000);
    expect(bea.snapshot()).toMatchObject({ phase: "left", elsewhere: true });
    expect(second.snapshot().elsewhere).toBe(false);
    expect(ada.notices.slice(notices)).toEqual([]);
    // And back again.
    bea.call.moveHere();
    await expectTogetherSoon(world, [ada, bea], 5_000);
    expect(second.snapshot()).toMatchObject({ phase: "left", elsewhere: true });
  });

  it("gets in by Join once the other has left", async () => {
    const profile = createFakeProfile("Bea");
    const bea = await world.open(profile);
    const second = await world.open(profile);
    await world.time.pass(500);
    expect(second.snapshot().elsewhere).toBe(true);
    bea.leave();
    await world.time.pass(500);
    second.call.join();
    await expectTogetherSoon(world, [second], 5_000);
    expect(second.snapshot().elsewhere).toBe(false);
  });
});
