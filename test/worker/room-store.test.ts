import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { startLog } from "../../durable-objects/room/commit-log.ts";
import type { Group, StoredRoom } from "../../durable-objects/room/state.ts";
import { sqliteRoomStore } from "../../durable-objects/sqlite-room-store.ts";
import { groupNo, memberNo, roomRecord } from "../support/room-simulation.ts";
import { roomStoreContract } from "../contract/room-store.ts";
import { prepareRoom } from "./support/room-under-test.ts";

const startedGroup: Group = {
  groupId: groupNo(1),
  log: startLog({ epoch: 0 as never, seq: 0 as never }, undefined),
  members: new Map([[memberNo(1), { phase: "present", stray: false }]]),
  admitted: [],
  blocked: [],
  queue: [],
  turn: undefined,
  emptySinceMs: undefined,
};

roomStoreContract("SQLite", async (test) => {
  const { stub } = await prepareRoom();
  await runInDurableObject(stub, (_, { storage }) => test(() => sqliteRoomStore(storage)));
});

describe("a store of a room in SQLite", () => {
  it("makes no table for being asked", async () => {
    const { stub } = await prepareRoom();
    await runInDurableObject(stub, (_, { storage }) => {
      sqliteRoomStore(storage).load();
      expect(storage.sql.exec("SELECT name FROM sqlite_master").toArray()).toEqual([]);
    });
  });

  it("reads a room that a deployment wrote which knew nothing of admission", async () => {
    const { stub } = await prepareRoom();
    await runInDurableObject(stub, (_, { storage }) => {
      const stored: StoredRoom = { room: roomRecord(), group: startedGroup, ended: undefined };
      sqliteRoomStore(storage).save(
        { room: undefined, group: undefined, ended: undefined },
        stored,
      );
      for (const table of ["folded_door", "ended_for_good", "door_change"])
        storage.sql.exec(`DROP TABLE ${table}`);
      storage.sql.exec(
        "UPDATE live_group SET detail = json_remove(detail, '$.admitted', '$.blocked')",
      );
      const store = sqliteRoomStore(storage);
      expect(store.load()).toEqual(stored);
      const admitted = { ...stored, group: { ...startedGroup, admitted: [memberNo(3)] } };
      store.save(stored, admitted);
      expect(sqliteRoomStore(storage).load()).toEqual(admitted);
    });
  });
});
