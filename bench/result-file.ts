import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { chromiumProgram } from "../test/support/chromium.ts";
import { rootPath } from "../scripts/root.ts";
import type { Figure } from "./figure.ts";

/** What was waiting for a processor before a part began: figures taken on a busy machine say little. */
export const loadNow = (): number => short(loadavg()[0] ?? 0);

/** Keeps a part's last result as `bench/results/<name>.json`, with what one must know to compare it. */
export function writeResult(
  { name, about }: { readonly name: string; readonly about: string },
  loadBefore: number,
  figures: readonly Figure[],
): void {
  const result = {
    name,
    about,
    date: new Date().toISOString(),
    cores: availableParallelism(),
    loadBefore,
    versions: versions(),
    figures: figures.map(rounded),
  };
  mkdirSync(rootPath("bench", "results"), { recursive: true });
  writeFileSync(
    rootPath("bench", "results", `${name}.json`),
    `${JSON.stringify(result, undefined, 2)}\n`,
  );
}

function versions(): Record<string, string> {
  const { version } = JSON.parse(
    readFileSync(rootPath("node_modules", "miniflare", "package.json"), "utf8"),
  ) as { version: string };
  return {
    node: process.versions.node,
    miniflare: version,
    chromium:
      execFileSync(chromiumProgram(), ["--version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      })
        .replace(/^Chromium /, "")
        .split(" ")[0] ?? "",
  };
}

/** What lies past four digits is noise. */
const short = (value: number): number => Number(value.toPrecision(4));

function rounded(figure: Figure): Figure {
  const spread = ({ median, min, max, runs }: Figure["ours"]) => ({
    median: short(median),
    min: short(min),
    max: short(max),
    runs,
  });
  return {
    ...figure,
    ours: spread(figure.ours),
    ...(figure.bare === undefined ? {} : { bare: spread(figure.bare) }),
    ...(figure.ratio === undefined ? {} : { ratio: short(figure.ratio) }),
  };
}
