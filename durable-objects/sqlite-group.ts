import * as v from "valibot";
import { epochSchema, groupIdSchema, memberIdSchema, seqSchema } from "../protocol/ids.ts";
import { readDoorChange } from "./room/door-change.ts";
import type {
  CallMember,
  DoorChanged,
  Group,
  KeptGroupInfo,
  LogEntry,
  SocketId,
} from "./room/state.ts";
import { bytesOf, parseDetail, writeDetail } from "./sqlite-row.ts";

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
/** The live group, from the rows of `live_group`, `entry`, `door_change`, `group_info` and `call_member`. */
export function readGroup(sql: SqlStorage): Group | undefined {
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

/** Writes what differs between two states of the live group. */
export function writeGroup(
  sql: SqlStorage,
  before: Group | undefined,
  after: Group | undefined,
): void {
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
