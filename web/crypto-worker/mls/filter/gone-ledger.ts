import { equalBytes } from "../../../../protocol/bytes.ts";
import { PUBLIC_KEY_BYTES } from "../../../../protocol/ed25519.ts";
import { bytesOf, field, listField, recordCodec, uintSchema } from "../../../../protocol/fields.ts";
import * as v from "valibot";
import { LIMITS } from "../../../../protocol/limits.ts";
import { fail, ok, type Result } from "../../../../protocol/result.ts";
import type { GoneRow } from "../../../core/mls-engine.ts";

/** GroupInfo extension type of the ledger (RFC 9420 §17.3, private use). SPEC MLS-8. */
export const LEDGER_EXTENSION_TYPE = 0xf50d;

const rowCodec = recordCodec({
  epoch: field(1, uintSchema),
  remover: field(2, bytesOf(PUBLIC_KEY_BYTES)),
  count: field(3, v.pipe(uintSchema, v.minValue(1), v.maxValue(LIMITS.goneRemovals))),
});
// One commit leads from one epoch to the next, so there is at most one row an epoch.
const ledgerCodec = recordCodec({ rows: listField(1, rowCodec, LIMITS.goneWindowEpochs) });

export const encodeLedger = (rows: readonly GoneRow[]): Uint8Array<ArrayBuffer> =>
  ledgerCodec.encode({ rows });

/** Reads the ledger of a GroupInfo of `epoch`: only such as an honest member would hold there. */
export function decodeLedger(
  bytes: Uint8Array<ArrayBuffer>,
  epoch: number,
): Result<readonly GoneRow[], { readonly code: "ledger-malformed" }> {
  const decoded = ledgerCodec.decode(bytes);
  if (!decoded.ok) return fail("ledger-malformed");
  const { rows } = decoded.value;
  const isOrdered = rows.every((row, index) => {
    const next = rows[index + 1];
    return isInWindow(row, epoch) && row.epoch < (next?.epoch ?? epoch);
  });
  const isWithinLimit = rows.every(({ remover }) => countOf(rows, remover) <= LIMITS.goneRemovals);
  return isOrdered && isWithinLimit ? ok(rows) : fail("ledger-malformed");
}

/** How many more members this identity may call `gone` in a commit of `epoch`. SPEC MLS-5. */
export const goneAllowance = (
  rows: readonly GoneRow[],
  remover: Uint8Array,
  epoch: number,
): number =>
  LIMITS.goneRemovals -
  countOf(
    rows.filter((row) => isInWindow(row, epoch)),
    remover,
  );

/** The ledger of the epoch that a commit of `epoch` leads to. `added` where that commit called members gone. */
export function nextLedger(
  rows: readonly GoneRow[],
  epoch: number,
  added: Omit<GoneRow, "epoch"> | undefined,
): readonly GoneRow[] {
  const all = added === undefined ? rows : [...rows, { epoch, ...added }];
  return all.filter((row) => isInWindow(row, epoch + 1));
}

// A commit of epoch n and those of the fifteen before it are sixteen consecutive epochs.
const isInWindow = (row: GoneRow, epoch: number): boolean =>
  row.epoch <= epoch && row.epoch > epoch - LIMITS.goneWindowEpochs;

const countOf = (rows: readonly GoneRow[], remover: Uint8Array): number =>
  rows.reduce((sum, row) => (equalBytes(row.remover, remover) ? sum + row.count : sum), 0);
