import { memoryRoomStore } from "../../durable-objects/room-store.ts";
import { roomStoreContract } from "./room-store.ts";

roomStoreContract("in memory", async (test) => {
  const store = memoryRoomStore();
  await test(() => store);
});
