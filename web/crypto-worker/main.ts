import type { Clock } from "../core/clock.ts";
import type { CryptoReply } from "../core/crypto-rpc.ts";
import { createFrameKeyring } from "./frames/create-frame-keyring.ts";
import { createFrameTransformer, type EncodedFrame } from "./frames/transform-frames.ts";
import { createIndexedDbVault } from "./keys/indexed-db-vault.ts";
import { createMlsEngine } from "./mls/create-mls-engine.ts";
import { frameTransform } from "./rpc/arguments.ts";
import { serveRequests } from "./rpc/serve-requests.ts";
import { createCallCryptoSession } from "./session.ts";

/*
 * The crypto worker: every key of a session is in this thread and none leaves it. Started by URL; its
 * name is the profile whose keys it uses.
 */
const worker = globalThis as unknown as DedicatedWorkerGlobalScope;

const clock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

const frames = createFrameKeyring(clock);
const transformer = createFrameTransformer({ cipher: frames, clock });
const serve = serveRequests({
  crypto: createCallCryptoSession({
    engine: createMlsEngine(),
    vault: createIndexedDbVault(worker.name === "" ? undefined : worker.name),
    clock,
    frames,
  }),
  transformer,
  reply: (reply: CryptoReply) => {
    // Nothing is transferred: all answers are small.
    worker.postMessage(reply, []);
  },
});

worker.addEventListener("message", ({ data }) => {
  serve(data);
});

// Set with the first run of this script: an event that comes before a listener is lost, and its frames with it.
worker.addEventListener("rtctransform", (event) => {
  const { transformer: given } = event;
  // A transform that is not ours is given no reader: its frames go nowhere.
  if (!frameTransform(given.options)) return;
  const requestKeyFrame = (): void => {
    // Refused where there is nothing to ask for yet; the next frame asks again.
    given.sendKeyFrameRequest().catch(() => undefined);
  };
  void transformer.run(given.options, {
    readable: given.readable as ReadableStream<EncodedFrame>,
    writable: given.writable as WritableStream<EncodedFrame>,
    requestKeyFrame,
  });
});
