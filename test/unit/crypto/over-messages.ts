import type { CryptoReply } from "../../../web/core/crypto-rpc.ts";
import { serveRequests } from "../../../web/crypto-worker/rpc/serve-requests.ts";
import { createCryptoRpcClient, type CryptoPort } from "../../../web/io/crypto-rpc-client.ts";
import { createInProcessCrypto } from "../../support/crypto-session.ts";
import type { ManualClock } from "../../support/manual-clock.ts";

/** A client and its worker's end in one thread; every message is cloned on its way, as by postMessage. */
export function overMessages(
  clock: ManualClock,
  crypto = () => createInProcessCrypto({ clock }).crypto,
) {
  const workers: { isDead: boolean; fail: () => void }[] = [];
  const start = (): CryptoPort => {
    const listeners: ((reply: CryptoReply) => void)[] = [];
    const worker = { isDead: false, fail: (): void => undefined };
    workers.push(worker);
    const serve = serveRequests({
      crypto: crypto(),
      transformer: { run: () => Promise.resolve(), counts: () => ({ passed: 3, dropped: 1 }) },
      reply: (reply) => {
        const cloned = structuredClone(reply);
        if (!worker.isDead) for (const listener of listeners) listener(cloned);
      },
    });
    return {
      post: (request) => {
        const cloned: unknown = structuredClone(request);
        if (!worker.isDead) queueMicrotask(() => serve(cloned));
      },
      onReply: (listener) => listeners.push(listener),
      onFailed: (listener) => {
        worker.fail = listener;
      },
      terminate: () => {
        worker.isDead = true;
      },
    };
  };
  return { client: createCryptoRpcClient({ start, clock }), workers };
}
