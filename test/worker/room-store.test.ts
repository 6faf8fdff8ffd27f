import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { sqliteRoomStore } from "../../durable-objects/sqlite-room-store.ts";
import { roomStoreContract } from "../contract/room-store.ts";
import { prepareRoom } from "./support/room-under-test.ts";

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
});
