import { measurePerFrame } from "./per-frame.ts";

const frameSizes = [100, 1_200, 10_000, 100_000];
const seconds = Number(process.argv[2] ?? 2);

for (const inFlight of [1, 8]) {
  const figures = await measurePerFrame({ frameSizes, seconds, inFlight });
  console.log(`SFrame against bare AES-GCM, ${inFlight} in flight, Node ${process.versions.node}`);
  console.table(
    figures.map(({ direction, frameBytes, sframeMicros, bareMicros, ratio }) => ({
      direction,
      bytes: frameBytes,
      "SFrame µs": sframeMicros.toFixed(1),
      "bare µs": bareMicros.toFixed(1),
      ratio: ratio.toFixed(2),
    })),
  );
}
