// Runs in a worker of a page that is isolated, where the clock is fine enough.
import { measurePerFrame, type PerFrameOptions } from "../webcrypto-sframe/bench/per-frame.ts";

addEventListener("message", ({ data }: MessageEvent<PerFrameOptions>) => {
  void measurePerFrame(data).then((figures) => postMessage(figures));
});
