import { describe, expect, it } from "vitest";
import { commit, epochOf, failures, groupCreate } from "../../support/room-messages.ts";
import { RoomSimulation } from "../../support/room-simulation.ts";

describe("found by fuzzing: the room", () => {
  it("[GROUP-1] a call whose next epoch can't be written does not begin: the room threw at every visitor after its first commit", () => {
    const room = new RoomSimulation();
    const hostile = room.visit(1);
    room.read(hostile);
    room.send(hostile, groupCreate(1, Number.MAX_SAFE_INTEGER));
    expect(failures(room, hostile)).toEqual([["epoch-out-of-range", "group-create"]]);
    room.send(hostile, { ...commit(0, 0), epoch: epochOf(Number.MAX_SAFE_INTEGER) });
    const other = room.visit(2);
    room.send(other, groupCreate(2, 2 ** 48));
    expect(room.readAll(other, "group-created")).toHaveLength(1);
  });
});
