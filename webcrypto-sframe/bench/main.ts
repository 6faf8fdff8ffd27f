import { measurePerFrame, type PerFrameFigure } from "./per-frame.ts";

const frameSizes = [100, 1_200, 10_000, 100_000];
const seconds = Number(process.argv[2] ?? 2);

for (const inFlight of [1, 8]) {
  const figures = await measurePerFrame({ frameSizes, seconds, inFlight });
  const title = `SFrame against bare AES-GCM, ${inFlight} in flight, Node ${process.versions.node}`;
  process.stdout.write(`${title}\n${toTable(figures)}\n\n`);
}

function toTable(figures: readonly PerFrameFigure[]): string {
  const head = ["operation", "bytes", "SFrame µs", "bare µs", "ratio"];
  const rows = figures.map(({ operation, frameBytes, sframeMicros, bareMicros, ratio }) => [
    operation,
    String(frameBytes),
    sframeMicros.toFixed(1),
    bareMicros.toFixed(1),
    ratio.toFixed(2),
  ]);
  return [head, ...rows].map((row) => row.map((cell) => cell.padStart(14)).join("")).join("\n");
}
