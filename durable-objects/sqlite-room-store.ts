import * as v from "valibot";
import { decodeCbor, encodeCbor } from "../protocol/cbor.ts";
import { epochSchema, groupIdSchema, memberIdSchema, seqSchema } from "../protocol/ids.ts";
import type { RoomStore } from "./room-store.ts";
import { readDoor, readDoorChange } from "./room/door-change.ts";
import type {
  CallMember,
  Door,
  DoorChanged,
  EndedGroup,
  Group,
  KeptGroupInfo,
  LogEntry,
  RoomRecord,
  SocketId,
} from "./room/state.ts";

/**
 * Made on the first write, so that a room nobody created leaves nothing behind; of a room that stands, those that an
 * older deployment did not know are made when it is read. `detail` is JSON of the schemas below.
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
const socketIdSchema = v.custom<SocketId>((value) => typeof value === "string");

const groupDetail = v.object({
  groupId: groupIdSchema,
  start: v.object({ epoch: epochSchema, seq: seqSchema }),
  admitted: v.optional(memberIds, []),
  blocked: v.optional(memberIds, []),
  queue: v.array(socketIdSchema),
  turn: v.optional(v.object({ socketId: socketIdSchema, expiresAtMs: v.number() })),
  emptySinceMs: v.optional(v.number()),
});
const entryDetail = v.object({
  epoch: epochSchema,
  parent: seqSchema,
  from: memberIdSchema,
  kind: v.picklist(["join", "member"]),
  takenAtMs: v.number(),
  settled: v.boolean(),
  appliedBy: memberIds,
  refusedBy: memberIds,
  refusedAtMs: v.optional(v.number()),
});
const memberDetail = v.variant("phase", [
  v.object({ phase: v.literal("present"), stray: v.boolean() }),
  v.object({ phase: v.literal("lost"), stray: v.boolean(), sinceMs: v.number() }),
  v.object({ phase: v.literal("left"), stray: v.boolean() }),
]);
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
  let hasTables = false;
  const isMade = (): boolean => {
    hasTables ||= sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'room'").toArray().length > 0;
    return hasTables;
  };
  let isCurrent = false;
  const makeTables = (): void => {
    if (!isCurrent) sql.exec(TABLES);
    isCurrent = true;
    hasTables = true;
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
      hasTables = false;
      isCurrent = false;
      await storage.deleteAlarm();
      await storage.deleteAll();
    },
  };
}

const bytesOf = (value: SqlStorageValue | undefined): Uint8Array<ArrayBuffer> => {
  if (!(value instanceof ArrayBuffer)) throw new TypeError("row: expected bytes");
  return new Uint8Array(value);
};
const parseDetail = <Schema extends v.GenericSchema>(
  schema: Schema,
  row: Record<string, SqlStorageValue>,
): v.InferOutput<Schema> => v.parse(schema, JSON.parse(v.parse(v.string(), row["detail"])));

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
  if (door !== made && door !== before?.door) {
    sql.exec(
      "INSERT OR REPLACE INTO folded_door VALUES (1, ?, ?)",
      door.signedPolicy,
      door.sealedPolicy,
    );
  }
  if (endedForGood === before?.endedForGood) return;
  sql.exec("DELETE FROM ended_for_good");
  for (const groupId of endedForGood)
    sql.exec("INSERT INTO ended_for_good (group_id) VALUES (?)", groupId);
}

function writeDetail(
  sql: SqlStorage,
  table: "live_group" | "ended_group",
  detail: EndedGroup | v.InferInput<typeof groupDetail> | undefined,
): void {
  if (detail === undefined) sql.exec(`DELETE FROM ${table}`);
  else sql.exec(`INSERT OR REPLACE INTO ${table} VALUES (1, ?)`, JSON.stringify(detail));
}

function readEnded(sql: SqlStorage): EndedGroup | undefined {
  const [row] = sql.exec("SELECT detail FROM ended_group").toArray();
  return row && parseDetail(endedDetail, row);
}

function readGroup(sql: SqlStorage): Group | undefined {
  const [row] = sql.exec("SELECT detail FROM live_group").toArray();
  if (row === undefined) return undefined;
  const detail = parseDetail(groupDetail, row);
  const { groupId, start, admitted, blocked, queue, turn, emptySinceMs } = detail;
  const entries = sql
    .exec("SELECT * FROM entry LEFT JOIN door_change USING (seq) ORDER BY seq")
    .toArray()
    .map(readEntry);
  const groupInfos = sql
    .exec("SELECT * FROM group_info ORDER BY seq")
    .toArray()
    .map(({ seq, epoch, sealed }): readonly [LogEntry["seq"], KeptGroupInfo] => [
      v.parse(seqSchema, seq),
      { epoch: v.parse(epochSchema, epoch), groupInfo: bytesOf(sealed) },
    ]);
  const members = sql
    .exec("SELECT * FROM call_member ORDER BY place")
    .toArray()
    .map(
      (member) =>
        [
          v.parse(memberIdSchema, member["member_id"]),
          parseDetail(memberDetail, member) satisfies CallMember,
        ] as const,
    );
  return {
    groupId,
    log: { start, entries, groupInfos: new Map(groupInfos) },
    members: new Map(members),
    admitted,
    blocked,
    queue,
    turn,
    emptySinceMs,
  };
}

function readEntry(row: Record<string, SqlStorageValue>): LogEntry {
  const { refusedAtMs, ...detail } = parseDetail(entryDetail, row);
  const { change } = row;
  return {
    ...detail,
    doorChange: change === null ? undefined : readStoredChange(bytesOf(change)),
    seq: v.parse(seqSchema, row["seq"]),
    commit: bytesOf(row["sealed"]),
    commitHash: bytesOf(row["hash"]),
    refusedAtMs,
  };
}

function readStoredChange(bytes: Uint8Array<ArrayBuffer>): DoorChanged {
  const change = readDoorChange(bytes);
  if (change === undefined) throw new TypeError("row: expected a door change");
  return change;
}

function writeGroup(sql: SqlStorage, before: Group | undefined, after: Group | undefined): void {
  // Seqs go on when a group is published again, but nothing of an older group may stay beside a newer.
  const old = before?.groupId === after?.groupId ? before : undefined;
  if (old === undefined) {
    for (const table of ["entry", "door_change", "group_info", "call_member"])
      sql.exec(`DELETE FROM ${table}`);
  }
  if (after === undefined) return writeDetail(sql, "live_group", undefined);
  const { groupId, log, admitted, blocked, queue, turn, emptySinceMs } = after;
  if (
    old === undefined ||
    old.log.start !== log.start ||
    old.admitted !== admitted ||
    old.blocked !== blocked ||
    old.queue !== queue ||
    old.turn !== turn ||
    old.emptySinceMs !== emptySinceMs
  ) {
    writeDetail(sql, "live_group", {
      groupId,
      start: log.start,
      admitted: [...admitted],
      blocked: [...blocked],
      queue: [...queue],
      turn,
      emptySinceMs,
    });
  }
  if (old?.log.entries !== log.entries) writeEntries(sql, old?.log.entries ?? [], log.entries);
  if (old?.log.groupInfos !== log.groupInfos) {
    writeMap(old?.log.groupInfos, log.groupInfos, {
      put: (seq, { epoch, groupInfo }) =>
        sql.exec("INSERT OR REPLACE INTO group_info VALUES (?, ?, ?)", seq, epoch, groupInfo),
      remove: (seq) => sql.exec("DELETE FROM group_info WHERE seq = ?", seq),
    });
  }
  if (old?.members !== after.members) {
    writeMap(old?.members, after.members, {
      put: (memberId, member) =>
        sql.exec(
          `INSERT INTO call_member (member_id, detail) VALUES (?, ?)
           ON CONFLICT (member_id) DO UPDATE SET detail = excluded.detail`,
          memberId,
          JSON.stringify(member),
        ),
      remove: (memberId) => sql.exec("DELETE FROM call_member WHERE member_id = ?", memberId),
    });
  }
}

function writeEntries(
  sql: SqlStorage,
  before: readonly LogEntry[],
  after: readonly LogEntry[],
): void {
  const old = new Map(before.map((entry) => [entry.seq, entry]));
  for (const entry of after) {
    const { seq, commit, commitHash, doorChange, ...detail } = entry;
    const known = old.get(seq);
    old.delete(seq);
    if (known === entry) continue;
    if (known?.commit === commit) {
      // A vote changes a few bytes; the commit may be forty thousand.
      sql.exec("UPDATE entry SET detail = ? WHERE seq = ?", JSON.stringify(detail), seq);
    } else {
      sql.exec(
        "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)",
        seq,
        JSON.stringify(detail),
        commit,
        commitHash,
      );
      if (doorChange !== undefined)
        sql.exec("INSERT OR REPLACE INTO door_change VALUES (?, ?)", seq, doorChange.bytes);
    }
  }
  for (const seq of old.keys()) {
    for (const table of ["entry", "door_change"])
      sql.exec(`DELETE FROM ${table} WHERE seq = ?`, seq);
  }
}

/** Writes the differences between two maps whose values are never changed in place. */
function writeMap<Key, Value>(
  before: ReadonlyMap<Key, Value> | undefined,
  after: ReadonlyMap<Key, Value>,
  write: {
    readonly put: (key: Key, value: Value) => unknown;
    readonly remove: (key: Key) => unknown;
  },
): void {
  for (const [key, value] of after) {
    if (before?.get(key) !== value) write.put(key, value);
  }
  for (const key of before?.keys() ?? []) {
    if (!after.has(key)) write.remove(key);
  }
}
