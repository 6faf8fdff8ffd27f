import type { CallCrypto, CryptoFailure } from "../core/call-crypto.ts";
import type { Clock } from "../core/clock.ts";
import type { CryptoMethod, CryptoReply, CryptoRequest } from "../core/crypto-rpc.ts";
import type { FrameCounts, FrameTransform } from "../core/frame-transforms.ts";

/** The other end: a worker, or in tests a port. */
export type CryptoPort = {
  readonly post: (request: CryptoRequest, transfer: readonly Transferable[]) => void;
  readonly onReply: (listener: (reply: CryptoReply) => void) => void;
  /** The worker said that it can't go on: its script did not load, or threw. */
  readonly onFailed: (listener: () => void) => void;
  readonly terminate: () => void;
};

/** How often the worker is asked whether it lives, and how many times in a row it may stay silent: a worker the system has killed says nothing. */
const PROBE_MS = 5_000;
const MOST_SILENT_PROBES = 2;

export type CryptoRpcClient = {
  readonly crypto: CallCrypto;
  readonly counts: (transform: FrameTransform) => Promise<FrameCounts>;
  readonly sendStreams: (
    transform: FrameTransform,
    streams: { readonly readable: ReadableStream; readonly writable: WritableStream },
  ) => void;
  readonly terminate: () => void;
};

type Waiting = {
  readonly method: CryptoMethod | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** Methods whose callers are ready to hear that the worker is gone. All others reject. */
const ANSWERS_LOSS: ReadonlySet<CryptoMethod | undefined> = new Set<CryptoMethod>([
  "newRoom",
  "openRoom",
  "createGroup",
  "prepareJoin",
  "prepareCommit",
  "sealKnock",
  "sealTicket",
]);
const LOST: { readonly ok: false; readonly error: CryptoFailure } = {
  ok: false,
  error: { code: "crypto-worker-lost" },
};

/**
 * `CallCrypto` over messages.
 *
 * A worker that dies is started again, empty, with the same room open; then `onLost` listeners run. What
 * it was asked and had not answered fails: as `crypto-worker-lost` where the method has failures, else
 * by rejection.
 */
export function createCryptoRpcClient(options: {
  readonly start: () => CryptoPort;
  readonly clock: Clock;
}): CryptoRpcClient {
  const { start, clock } = options;
  const lostListeners = new Set<() => void>();
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let silentProbes = 0;
  let opened: Parameters<CallCrypto["openRoom"]> | undefined;
  let port: CryptoPort;
  let cancelProbe = (): void => undefined;

  const ask = <Answer>(
    method: CryptoMethod | undefined,
    request: (id: number) => CryptoRequest,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { method, resolve: resolve as (value: unknown) => void, reject });
      port.post(request(lastId), []);
    });

  const call = <Method extends CryptoMethod>(method: Method): CallCrypto[Method] =>
    // One table of methods, typed by the port; the union of them all is too wide for the compiler to match.
    ((...given: readonly unknown[]) =>
      ask(
        method,
        (id) => ({ type: "call", id, method, given }) as CryptoRequest,
      )) as CallCrypto[Method];

  const failWaiting = (): void => {
    const lost = [...waiting.values()];
    waiting.clear();
    for (const { method, resolve, reject } of lost) {
      if (ANSWERS_LOSS.has(method)) resolve(LOST);
      else reject(new Error("crypto-worker-lost"));
    }
  };

  const connect = (): void => {
    port = start();
    const mine = port;
    silentProbes = 0;
    port.onReply((reply) => {
      if (mine !== port) return;
      const asked = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.ok) asked?.resolve(reply.value);
      else asked?.reject(new Error(reply.reason));
    });
    port.onFailed(() => {
      if (mine === port) lose();
    });
  };

  const probe = (): void => {
    cancelProbe = clock.after(PROBE_MS, () => {
      if (silentProbes >= MOST_SILENT_PROBES) {
        lose();
      } else {
        silentProbes += 1;
        const answered = (): void => {
          silentProbes = 0;
        };
        // A probe that is lost with its worker has been heard of by then.
        void ask(undefined, (id) => ({ type: "probe", id })).then(answered, () => undefined);
      }
      probe();
    });
  };

  const lose = (): void => {
    port.terminate();
    failWaiting();
    connect();
    const again = opened;
    if (again !== undefined) void call("openRoom")(...again);
    for (const listener of lostListeners) listener();
  };

  connect();
  probe();

  const openRoom = call("openRoom");
  const installPending = call("installPending");
  const judge = call("judge");
  /** A worker that is started again must open the room by the link that holds now. */
  const keepSecret = ({
    newSecret,
  }: {
    readonly newSecret?: Uint8Array<ArrayBuffer> | undefined;
  }) => {
    if (opened !== undefined && newSecret !== undefined) {
      opened = [{ ...opened[0], secret: newSecret }];
    }
  };
  const crypto: CallCrypto = {
    newRoom: call("newRoom"),
    openRoom: (room) => {
      opened = [room];
      return openRoom(room);
    },
    tokenRequest: call("tokenRequest"),
    dropHostLink: call("dropHostLink"),
    prove: call("prove"),
    createGroup: call("createGroup"),
    prepareJoin: call("prepareJoin"),
    prepareCommit: call("prepareCommit"),
    installPending: async () => {
      const installed = await installPending();
      keepSecret(installed);
      return installed;
    },
    discardPending: call("discardPending"),
    judge: async (entry) => {
      const verdict = await judge(entry);
      if (verdict.type === "applied") keepSecret(verdict);
      return verdict;
    },
    groupInfo: call("groupInfo"),
    sealKnock: call("sealKnock"),
    openKnock: call("openKnock"),
    admit: call("admit"),
    admitAll: call("admitAll"),
    takeAdmission: call("takeAdmission"),
    sealTicket: call("sealTicket"),
    answerTicket: call("answerTicket"),
    endForAll: call("endForAll"),
    checkEnd: call("checkEnd"),
    sealSignal: call("sealSignal"),
    openSignal: call("openSignal"),
    pairHello: call("pairHello"),
    checkPairHello: call("checkPairHello"),
    statement: call("statement"),
    checkStatement: call("checkStatement"),
    sealCast: call("sealCast"),
    openCast: call("openCast"),
    sealBye: call("sealBye"),
    openBye: call("openBye"),
    codeCommit: call("codeCommit"),
    codeReveal: call("codeReveal"),
    codeOpen: call("codeOpen"),
    bindLink: call("bindLink"),
    confirmEpoch: call("confirmEpoch"),
    endGroup: call("endGroup"),
    onLost: (listener) => {
      lostListeners.add(listener);
    },
  };

  return {
    crypto,
    counts: (transform) => ask(undefined, (id) => ({ type: "counts", id, transform })),
    sendStreams: (transform, { readable, writable }) => {
      port.post({ type: "streams", transform, readable, writable }, [
        readable as ReadableStream & Transferable,
        writable as WritableStream & Transferable,
      ]);
    },
    terminate: () => {
      cancelProbe();
      port.terminate();
      failWaiting();
    },
  };
}
