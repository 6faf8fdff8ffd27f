/// <reference types="vite/client" />
// oxlint-disable-next-line import/default -- Vite builds the worker and answers with its URL.
import workerUrl from "../crypto-worker/main.ts?worker&url";
import type { CallCrypto } from "../core/call-crypto.ts";
import type { FrameTransforms } from "../core/frame-transforms.ts";
import { browserClock } from "./clock.ts";
import { createCryptoRpcClient, type CryptoPort } from "./crypto-rpc-client.ts";
import { trustedWorkerUrl } from "./crypto-worker-url.ts";
import { earlyWorkerUrl, takeEarlyWorker } from "./early-worker.ts";

export type CryptoWorkerClient = {
  readonly crypto: CallCrypto;
  readonly transforms: FrameTransforms;
  readonly terminate: () => void;
};

/** Starts the crypto worker. `profile` sets its keys apart from those of others in the same browser. */
export function createCryptoWorkerClient(
  options: { readonly profile?: string | undefined } = {},
): CryptoWorkerClient {
  let worker: Worker;
  const start = (): CryptoPort => {
    const early = options.profile === undefined ? takeEarlyWorker() : undefined;
    const started =
      early ??
      new Worker(earlyWorkerUrl() ?? trustedWorkerUrl(workerUrl), {
        type: "module",
        name: options.profile ?? "",
      });
    worker = started;
    return {
      post: (request, transfer) => {
        started.postMessage(request, [...transfer]);
      },
      onReply: (listener) => {
        started.addEventListener("message", ({ data }) => {
          listener(data);
        });
      },
      onFailed: (listener) => {
        started.addEventListener("error", listener);
        started.addEventListener("messageerror", listener);
      },
      terminate: () => {
        started.terminate();
      },
    };
  };
  const rpc = createCryptoRpcClient({ start, clock: browserClock });

  const transforms: FrameTransforms = {
    available:
      "RTCRtpScriptTransform" in globalThis ||
      (typeof RTCRtpSender === "function" && "createEncodedStreams" in RTCRtpSender.prototype),
    attach: (endpoint, transform) => {
      const target = endpoint as RTCRtpSender | RTCRtpReceiver;
      if ("RTCRtpScriptTransform" in globalThis) {
        target.transform = new RTCRtpScriptTransform(worker, transform);
        return;
      }
      rpc.sendStreams(
        transform,
        (target as unknown as EncodedStreamsSource).createEncodedStreams(),
      );
    },
    counts: rpc.counts,
  };

  const newRoom: CallCrypto["newRoom"] = async (room) => {
    const made = await rpc.crypto.newRoom(room);
    // The host key is worth keeping; a browser that says no keeps it as long as it likes.
    if (made.ok) void navigator.storage?.persist?.().catch(() => false);
    return made;
  };

  return { crypto: { ...rpc.crypto, newRoom }, transforms, terminate: rpc.terminate };
}

/** Chromium before RTCRtpScriptTransform. */
type EncodedStreamsSource = {
  readonly createEncodedStreams: () => {
    readonly readable: ReadableStream;
    readonly writable: WritableStream;
  };
};
