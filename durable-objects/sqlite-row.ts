import * as v from "valibot";

/** The bytes of a column. Throws `TypeError` for another. */
export const bytesOf = (value: SqlStorageValue | undefined): Uint8Array<ArrayBuffer> => {
  if (!(value instanceof ArrayBuffer)) throw new TypeError("row: expected bytes");
  return new Uint8Array(value);
};

/** What the column `detail` says: JSON, read through a schema, for an older deployment may have written it. */
export const parseDetail = <Schema extends v.GenericSchema>(
  schema: Schema,
  row: Record<string, SqlStorageValue>,
): v.InferOutput<Schema> => v.parse(schema, JSON.parse(v.parse(v.string(), row["detail"])));

/** Writes the one row of a table, or takes it out. */
export function writeDetail(
  sql: SqlStorage,
  table: "live_group" | "ended_group",
  detail: object | undefined,
): void {
  if (detail === undefined) sql.exec(`DELETE FROM ${table}`);
  else sql.exec(`INSERT OR REPLACE INTO ${table} VALUES (1, ?)`, JSON.stringify(detail));
}
