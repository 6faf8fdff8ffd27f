import type {
  FrameCounts,
  FrameTransform,
  FrameTransforms,
} from "../../../../web/core/frame-transforms.ts";
import type { MediaHandle } from "../../../../web/core/peer-link.ts";
import type { MarkingOptions } from "./marking-worker.ts";

/**
 * How the transforms of senders behave; those of receivers always do as they should. `marking` as they should; `late`
 * only once `setLate` is called; `never` not at all; `blind` marks, but counts nothing, as a sender would look whose
 * frames bypass the worker.
 */
export type Behaviour = "marking" | "late" | "never" | "blind";

type WithTransform = { transform: RTCRtpScriptTransform | null };

/** The test's own transforms behind the port, in one worker a page. */
export function createMarkingTransforms(
  worker: Worker,
  behaviour: Behaviour,
): FrameTransforms & { readonly setLate: () => void } {
  const waiting: (() => void)[] = [];
  const keyOf = ({ linkId, stream, direction }: FrameTransform) =>
    `${linkId} ${stream} ${direction}`;
  const set = (endpoint: MediaHandle, transform: FrameTransform): void => {
    const options: MarkingOptions = { key: keyOf(transform), direction: transform.direction };
    (endpoint as WithTransform).transform = new RTCRtpScriptTransform(worker, options);
  };
  return {
    available: true,
    attach: (endpoint, transform) => {
      const isSender = transform.direction === "send";
      if (isSender && behaviour === "late") waiting.push(() => set(endpoint, transform));
      else if (!isSender || behaviour !== "never") set(endpoint, transform);
    },
    counts: (transform) =>
      behaviour === "blind" ? Promise.resolve({ passed: 0, dropped: 0 }) : ask(worker, transform),
    setLate: () => {
      for (const run of waiting.splice(0)) run();
    },
  };

  function ask(target: Worker, transform: FrameTransform): Promise<FrameCounts> {
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.addEventListener("message", ({ data }: MessageEvent<FrameCounts>) => {
        port1.close();
        resolve(data);
      });
      port1.start();
      target.postMessage({ key: keyOf(transform), port: port2 }, [port2]);
    });
  }
}
