import { createServer } from "node:http";
import { once } from "node:events";
import { build, type Rolldown } from "vite";
import {
  measurePerFrame,
  type PerFrameFigure,
  type PerFrameOptions,
} from "../webcrypto-sframe/bench/per-frame.ts";
import { rootPath } from "../scripts/root.ts";
import { launchChromium } from "../test/support/chromium.ts";
import { type Figure, type Part, spreadOf } from "./figure.ts";

const PORT = 8852;
const ROUNDS = 3;
/** The crypto worker has as many frames under way at most. */
const IN_FLIGHT = 8;
const MOST_RATIO = 1.3;
/** Below this, the fixed cost of a frame outweighs the cipher. */
const TARGET_FROM_BYTES = 1_200;

const options: PerFrameOptions = {
  frameSizes: [100, 1_200, 10_000, 100_000],
  seconds: 1,
  inFlight: IN_FLIGHT,
};

/** What SFrame costs for each frame, where it runs. */
export const sframe: Part = {
  name: "sframe",
  about: `SFrame for each frame against bare crypto.subtle AES-GCM of the same bytes with a fixed nonce, no header and no copy; both give up each output at once, as writing a frame does; ${IN_FLIGHT} frames under way, in turns batch by batch. The spread is that of ${ROUNDS} rounds' medians.`,
  limitSec: 180,
  measure: async () => {
    const inNode: PerFrameFigure[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      inNode.push(...(await measurePerFrame(options)));
    return [...summarise("Node", inNode), ...summarise("Chromium", await measureInChromium())];
  },
};

function summarise(runtime: string, measured: readonly PerFrameFigure[]): Figure[] {
  const groups = Map.groupBy(
    measured,
    ({ operation, frameBytes }) => `${operation} ${frameBytes} B`,
  );
  return [...groups].map(([name, rounds]) => {
    const ratio = spreadOf(rounds.map((round) => round.ratio)).median;
    const isTarget = (rounds[0]?.frameBytes ?? 0) >= TARGET_FROM_BYTES;
    return {
      name: `${runtime}, ${name}`,
      unit: "µs",
      ours: spreadOf(rounds.map(({ sframeMicros }) => sframeMicros)),
      bare: spreadOf(rounds.map(({ bareMicros }) => bareMicros)),
      // Of neighbouring batches, not of the medians beside it: the machine's clock changes meanwhile.
      ratio,
      ...(isTarget ? { target: { says: `≤ ${MOST_RATIO} × bare`, met: ratio <= MOST_RATIO } } : {}),
    };
  });
}

async function measureInChromium(): Promise<readonly PerFrameFigure[]> {
  const worker = await bundle();
  const server = createServer((request, response) => {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    const isWorker = request.url === "/worker.js";
    response.setHeader("Content-Type", isWorker ? "text/javascript" : "text/html");
    response.end(isWorker ? worker : "<!doctype html><title>SFrame</title>");
  });
  server.listen(PORT, "127.0.0.1");
  await once(server, "listening");
  const browser = await launchChromium({ env: {}, isStrict: false });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${PORT}/`);
    const figures: PerFrameFigure[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      figures.push(
        ...(await page.evaluate(
          (given) =>
            new Promise<PerFrameFigure[]>((resolve, reject) => {
              const started = new Worker("/worker.js", { type: "module" });
              started.addEventListener("message", ({ data }: MessageEvent<PerFrameFigure[]>) => {
                started.terminate();
                resolve(data);
              });
              started.addEventListener("error", () => reject(new Error("the worker failed")));
              started.postMessage(given, []);
            }),
          options,
        )),
      );
    }
    return figures;
  } finally {
    await browser.close();
    server.close();
  }
}

async function bundle(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2022",
      rolldownOptions: { input: rootPath("bench", "sframe-in-chromium.ts") },
    },
  })) as Rolldown.RolldownOutput;
  return built.output[0].code;
}
