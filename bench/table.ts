import type { Figure, Spread } from "./figure.ts";

const HEAD = ["", "Sotto", "bare", "ratio", "target", ""];

/** The figures as lines of text, in columns: median (min–max) of the runs. */
export function toTable(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(toRow)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function toRow({ name, unit, ours, bare, ratio, target }: Figure): string[] {
  return [
    name,
    toCell(ours, unit),
    bare === undefined ? "" : toCell(bare, unit),
    ratio === undefined ? "" : `${ratio.toFixed(2)}×`,
    target?.says ?? "",
    target === undefined ? "" : target.met ? "met" : "MISSED",
  ];
}

function toCell({ median, min, max, runs }: Spread, unit: string): string {
  const digits = max < 10 ? 2 : max < 100 ? 1 : 0;
  const value = `${median.toFixed(digits)} ${unit}`;
  return runs === 1 ? value : `${value} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
