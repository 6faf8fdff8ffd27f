import type { CallCrypto } from "../../core/call-crypto.ts";
import type { CryptoMethod, CryptoReply } from "../../core/crypto-rpc.ts";
import type { EncodedFrame, FrameTransformer } from "../frames/transform-frames.ts";
import { argumentGuards, frameTransform } from "./arguments.ts";
import { oneOf, record, uintUpTo } from "./guards.ts";

const METHODS = Object.keys(argumentGuards) as CryptoMethod[];

const withId = record({ id: uintUpTo(Number.MAX_SAFE_INTEGER) });
const callRequest = record({ type: oneOf("call"), method: oneOf(...METHODS) });
const countsRequest = record({ type: oneOf("counts"), transform: frameTransform });
const probeRequest = record({ type: oneOf("probe") });
const streamsRequest = record({ type: oneOf("streams"), transform: frameTransform });

/** Answers the page's messages. What is not a request is left unanswered; a request with wrong arguments is refused by name. */
export function serveRequests(options: {
  readonly crypto: CallCrypto;
  readonly transformer: FrameTransformer;
  readonly reply: (reply: CryptoReply) => void;
}): (message: unknown) => void {
  const { crypto, transformer, reply } = options;

  const call = async (id: number, method: CryptoMethod, given: unknown): Promise<void> => {
    if (!argumentGuards[method](given)) {
      reply({ id, ok: false, reason: `${method}: arguments refused` });
      return;
    }
    try {
      // The table of guards is typed by the same port: method and arguments belong together.
      const run = crypto[method] as (...checked: readonly unknown[]) => Promise<unknown>;
      reply({ id, ok: true, value: await run(...given) });
    } catch (error) {
      reply({ id, ok: false, reason: `${method}: ${reasonOf(error)}` });
    }
  };

  return (message) => {
    if (streamsRequest(message)) {
      const { readable, writable } = message as Readonly<Record<string, unknown>>;
      if (readable instanceof ReadableStream && writable instanceof WritableStream) {
        const streams = {
          readable: readable as ReadableStream<EncodedFrame>,
          writable: writable as WritableStream<EncodedFrame>,
        };
        void transformer.run(message.transform, streams);
      }
      return;
    }
    if (!withId(message)) return;
    const { id } = message;
    if (callRequest(message)) {
      void call(id, message.method, (message as { readonly given?: unknown }).given);
    } else if (countsRequest(message)) {
      reply({ id, ok: true, value: transformer.counts(message.transform) });
    } else if (probeRequest(message)) {
      reply({ id, ok: true, value: undefined });
    } else {
      reply({ id, ok: false, reason: "unknown request" });
    }
  };
}

/** Our own errors say nothing secret; another's might quote what it choked on. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message.startsWith("crypto session: ") ? error.message : "failed";
