import * as v from "valibot";
import { decodeCbor, encodeCbor } from "../protocol/cbor.ts";
import { epochSchema, groupIdSchema, memberIdSchema, seqSchema } from "../protocol/ids.ts";
import type { RoomStore } from "./room-store.ts";
import { readDoor } from "./room/door-change.ts";
import type { Door, EndedGroup, RoomRecord } from "./room/state.ts";
import { readGroup, writeGroup } from "./sqlite-group.ts";
import { bytesOf, parseDetail, writeDetail } from "./sqlite-row.ts";

/**
 * Made on the first write, so that a room nobody created leaves nothing behind; of a room that stands, those that an
 * older deployment did not know are made when it is read. `detail` is JSON.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS room (
  id INTEGER PRIMARY KEY CHECK (id = 1), host_public_key BLOB NOT NULL, access_hash BLOB NOT NULL,
  retired_access_hashes BLOB NOT NULL, door_policy BLOB NOT NULL, sealed_policy BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL, last_used_at_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS folded_door (
  id INTEGER PRIMARY KEY CHECK (id = 1), signed_policy BLOB NOT NULL, sealed_policy BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS ended_for_good (place INTEGER PRIMARY KEY, group_id TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS live_group (id INTEGER PRIMARY KEY CHECK (id = 1), detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entry (
  seq INTEGER PRIMARY KEY, detail TEXT NOT NULL, sealed BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS door_change (seq INTEGER PRIMARY KEY, change BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS group_info (
  seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS call_member (
  place INTEGER PRIMARY KEY, member_id TEXT UNIQUE NOT NULL, detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ended_group (id INTEGER PRIMARY KEY CHECK (id = 1), detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS once (key TEXT PRIMARY KEY, expires_at_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS once_expiry ON once (expires_at_ms);
`;

const memberIds = v.array(memberIdSchema);
const endedDetail = v.object({
  groupId: groupIdSchema,
  epoch: epochSchema,
  lastSeq: seqSchema,
  memberIds,
  admitted: v.optional(memberIds, []),
  blocked: v.optional(memberIds, []),
  endedAtMs: v.number(),
});

/** Keeps a room in the object's own SQLite database. Its rows are read back through schemas: an older deployment wrote some of them. */
export function sqliteRoomStore(storage: DurableObjectStorage): RoomStore {
  const { sql } = storage;
  let isCurrent = false;
  const isMade = (): boolean =>
    isCurrent || sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'room'").toArray().length > 0;
  const makeTables = (): void => {
    if (!isCurrent) sql.exec(TABLES);
    isCurrent = true;
  };
  return {
    load: () => {
      if (!isMade()) return { room: undefined, group: undefined, ended: undefined };
      makeTables();
      return { room: readRoom(sql), group: readGroup(sql), ended: readEnded(sql) };
    },
    save: (before, after) => {
      makeTables();
      if (after.room !== before.room && after.room !== undefined)
        writeRoom(sql, before.room, after.room);
      if (after.group !== before.group) writeGroup(sql, before.group, after.group);
      if (after.ended !== before.ended) writeDetail(sql, "ended_group", after.ended);
    },
    takeOnce: (key, expiresAtMs, nowMs) => {
      makeTables();
      sql.exec("DELETE FROM once WHERE expires_at_ms <= ?", nowMs);
      const { rowsWritten } = sql.exec(
        "INSERT OR IGNORE INTO once (key, expires_at_ms) VALUES (?, ?)",
        key,
        expiresAtMs,
      );
      return rowsWritten > 0;
    },
    clear: async () => {
      isCurrent = false;
      await storage.deleteAlarm();
      await storage.deleteAll();
    },
  };
}

function readRoom(sql: SqlStorage): RoomRecord | undefined {
  const [row] = sql.exec("SELECT * FROM room").toArray();
  if (row === undefined) return undefined;
  const retired = decodeCbor(bytesOf(row["retired_access_hashes"]));
  const made = readStoredDoor(bytesOf(row["door_policy"]), bytesOf(row["sealed_policy"]));
  const [folded] = sql.exec("SELECT * FROM folded_door").toArray();
  return {
    hostPublicKey: bytesOf(row["host_public_key"]),
    accessHash: bytesOf(row["access_hash"]),
    retiredAccessHashes: v.parse(
      v.array(v.instance(Uint8Array<ArrayBuffer>)),
      retired.ok ? retired.value : undefined,
    ),
    made,
    door:
      folded === undefined
        ? made
        : readStoredDoor(bytesOf(folded["signed_policy"]), bytesOf(folded["sealed_policy"])),
    endedForGood: sql
      .exec("SELECT group_id FROM ended_for_good ORDER BY place")
      .toArray()
      .map((ended) => v.parse(groupIdSchema, ended["group_id"])),
    createdAtMs: v.parse(v.number(), row["created_at_ms"]),
    lastUsedAtMs: v.parse(v.number(), row["last_used_at_ms"]),
  };
}

/** A door whose signature was verified before it was stored. */
function readStoredDoor(
  signedPolicy: Uint8Array<ArrayBuffer>,
  sealedPolicy: Uint8Array<ArrayBuffer>,
): Door {
  const door = readDoor(signedPolicy, sealedPolicy);
  if (door === undefined) throw new TypeError("row: expected a signed door policy");
  return door;
}

function writeRoom(sql: SqlStorage, before: RoomRecord | undefined, room: RoomRecord): void {
  sql.exec(
    "INSERT OR REPLACE INTO room VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
    room.hostPublicKey,
    room.accessHash,
    encodeCbor(room.retiredAccessHashes),
    room.made.signedPolicy,
    room.made.sealedPolicy,
    room.createdAtMs,
    room.lastUsedAtMs,
  );
  const { door, made, endedForGood } = room;
  if (door !== before?.door) sql.exec("DELETE FROM folded_door");
  if (door !== before?.door && door !== made) {
    sql.exec("INSERT INTO folded_door VALUES (1, ?, ?)", door.signedPolicy, door.sealedPolicy);
  }
  if (endedForGood === before?.endedForGood) return;
  sql.exec("DELETE FROM ended_for_good");
  for (const groupId of endedForGood)
    sql.exec("INSERT INTO ended_for_good (group_id) VALUES (?)", groupId);
}

function readEnded(sql: SqlStorage): EndedGroup | undefined {
  const [row] = sql.exec("SELECT detail FROM ended_group").toArray();
  return row && parseDetail(endedDetail, row);
}
