import type { StoredRoom } from "./room/state.ts";

/** Where a room keeps what outlives it in memory. One contract suite runs over all implementations. */
export type RoomStore = {
  /** Everything `save` wrote. Of a room nobody created: all parts undefined, and nothing is written by asking. */
  readonly load: () => StoredRoom;
  /** Writes what differs between two states, found by identity of their parts. `after.room` must be there. */
  readonly save: (before: StoredRoom, after: StoredRoom) => void;
  /** True once per key until it expires: what shows that a proof was used before. */
  readonly takeOnce: (key: string, expiresAtMs: number, nowMs: number) => boolean;
  /** Deletes everything, the alarm included. */
  readonly clear: () => Promise<void>;
};

/** A store in memory, for tests and simulations. */
export function memoryRoomStore(): RoomStore {
  const nothing: StoredRoom = { room: undefined, group: undefined, ended: undefined };
  let stored = nothing;
  const once = new Map<string, number>();
  return {
    load: () => structuredClone(stored),
    save: (_before, { room, group, ended }) => {
      stored = structuredClone({ room, group, ended });
    },
    takeOnce: (key, expiresAtMs, nowMs) => {
      for (const [old, oldExpiresAtMs] of once) {
        if (oldExpiresAtMs <= nowMs) once.delete(old);
      }
      if (once.has(key)) return false;
      once.set(key, expiresAtMs);
      return true;
    },
    clear: () => {
      stored = nothing;
      once.clear();
      return Promise.resolve();
    },
  };
}
