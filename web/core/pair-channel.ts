import type { Epoch, LeafIndex } from "../../protocol/ids.ts";
import { type PairMessage, pairMessageCodec } from "../../protocol/pair.ts";
import type { CallCrypto, EpochStatement } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import type { CodeMessage } from "./verification.ts";

/** Without another message, a proof of life is said this often: SPEC PAIR-4. */
const ALIVE_MS = 3_000;
/** Silence after which the room is asked, and asked again. */
const SILENT_MS = 10_000;
const ASK_AGAIN_MS = 5_000;
/** A channel that is about to open saves the room a message for every pair. */
const THROUGH_ROOM_MS = 2_000;
/** Messages kept behind a hello that can't be verified yet. */
const EARLY_MESSAGES = 32;
/** Epochs that either side holds: SPEC PAIR-3. */
const EPOCHS_HELD = 8;

export type PairEvent =
  | { readonly type: "confirmed" }
  /** Both are at one epoch and do not agree what it is. */
  | { readonly type: "forked" }
  /** The data channel's first message was not the leaf's. */
  | { readonly type: "impostor" }
  | {
      readonly type: "view";
      readonly stream: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly type: "missing"; readonly from: number; readonly to: number }
  | { readonly type: "cast"; readonly cast: Uint8Array<ArrayBuffer> }
  | { readonly type: "code"; readonly message: CodeMessage };

/** What two members tell each other: over the data channel once its `hello` is verified, else through the room. SPEC PAIR-*. */
export type PairChannel = {
  /** The data channel is open. */
  readonly opened: () => Promise<void>;
  readonly closed: () => void;
  readonly receiveDirect: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Opened and verified to be by the peer's leaf. */
  readonly receiveThroughRoom: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly say: (message: PairMessage) => Promise<void>;
  readonly setView: (
    stream: "camera",
    view: { readonly width: number; readonly height: number },
  ) => void;
  readonly epochChanged: (statement: EpochStatement) => Promise<void>;
  /** Something authenticated came from the peer. */
  readonly heard: () => void;
  readonly tick: () => Promise<void>;
  /** True when the room is to be asked whether the peer is gone. */
  readonly isSilent: () => boolean;
  readonly quietMs: () => number;
  /** The peer says that it is in an epoch which we have not come to. */
  readonly isAhead: () => boolean;
  readonly isConfirmed: () => boolean;
  readonly isForked: () => boolean;
};

export function createPairChannel(ports: {
  readonly crypto: CallCrypto;
  readonly clock: Clock;
  readonly peerLeaf: LeafIndex;
  readonly sendDirect: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  readonly sendThroughRoom: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly onEvent: (event: PairEvent) => Promise<void> | void;
}): PairChannel {
  const { crypto, clock, peerLeaf, onEvent } = ports;
  /** `greeted`: the peer's hello named an epoch too old to judge; it says another at its next epoch. */
  let direct: "closed" | "open" | "greeted" | "verified" = "closed";
  /** A hello of an epoch ahead of ours and what came behind it, and a statement of one: looked at again when we get there. */
  const early: Uint8Array<ArrayBuffer>[] = [];
  let earlyStatement: EpochStatement | undefined;
  let statement: EpochStatement | undefined;
  /** Since when the peer has not been told of our epoch. */
  let unsaidSinceMs: number | undefined;
  let confirmed: Epoch | undefined;
  let forked = false;
  let view: PairMessage | undefined;
  let heardMs = clock.nowMs();
  let saidMs = clock.nowMs();
  let askedMs = Number.NEGATIVE_INFINITY;

  function sayDirect(message: PairMessage): boolean {
    if (direct !== "verified" || !ports.sendDirect(pairMessageCodec.encode(message))) return false;
    saidMs = clock.nowMs();
    return true;
  }

  async function say(message: PairMessage): Promise<void> {
    if (sayDirect(message)) return;
    saidMs = clock.nowMs();
    await ports.sendThroughRoom(pairMessageCodec.encode(message));
  }

  function sayStatement(): void {
    if (statement === undefined) return;
    const isSaid = sayDirect({ type: "epoch", ...statement });
    unsaidSinceMs = isSaid ? undefined : (unsaidSinceMs ?? clock.nowMs());
  }

  async function sayHello(): Promise<void> {
    ports.sendDirect(await crypto.pairHello(peerLeaf));
  }

  async function verifyHello(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const hello = pairMessageCodec.decode(bytes);
    if (!hello.ok || hello.value.type !== "hello" || hello.value.epoch === undefined) {
      if (direct === "greeted") return;
      return onEvent({ type: "impostor" });
    }
    const { epoch } = hello.value;
    if (statement === undefined || epoch > statement.epoch) {
      early.push(bytes);
      return;
    }
    if (epoch + EPOCHS_HELD <= statement.epoch) {
      direct = "greeted";
      return;
    }
    if (!(await crypto.checkPairHello(peerLeaf, bytes))) return onEvent({ type: "impostor" });
    direct = "verified";
    heardMs = clock.nowMs();
    sayStatement();
    if (view !== undefined) sayDirect(view);
  }

  async function judge(theirs: EpochStatement): Promise<void> {
    const verdict = await crypto.checkStatement(theirs);
    if (verdict === "forked") {
      if (forked) return;
      forked = true;
      return onEvent({ type: "forked" });
    }
    if (verdict === "unknown") {
      if (statement === undefined || theirs.epoch > statement.epoch) earlyStatement = theirs;
      return;
    }
    if (confirmed !== undefined && confirmed >= theirs.epoch) return;
    confirmed = theirs.epoch;
    await crypto.confirmEpoch({ peerLeaf, epoch: theirs.epoch });
    return onEvent({ type: "confirmed" });
  }

  async function receive(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const decoded = pairMessageCodec.decode(bytes);
    // What can't be read is from a newer version or a faulty peer; the channel goes on.
    if (!decoded.ok) return;
    heardMs = clock.nowMs();
    const message = decoded.value;
    const { epoch, transcript, fork, stream, width, height, from, to, cast, commit, nonce } =
      message;
    const { type } = message;
    switch (type) {
      case "epoch":
        if (epoch !== undefined && transcript !== undefined && fork !== undefined) {
          await judge({ epoch, transcript, fork });
        }
        return;
      case "view":
        if (stream !== undefined && width !== undefined && height !== undefined) {
          return onEvent({ type: "view", stream, width, height });
        }
        return;
      case "missing":
        return from !== undefined && to !== undefined
          ? onEvent({ type: "missing", from, to })
          : undefined;
      case "cast":
        return cast === undefined ? undefined : onEvent({ type: "cast", cast });
      case "code-commit":
        return epoch === undefined || commit === undefined
          ? undefined
          : onEvent({ type: "code", message: { type, epoch, commit } });
      case "code-reveal":
        return epoch === undefined || nonce === undefined
          ? undefined
          : onEvent({ type: "code", message: { type, epoch, nonce } });
      case "hello":
      case "alive":
        return;
    }
  }

  async function receiveDirect(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (direct === "verified") return receive(bytes);
    if (direct === "closed") return;
    // Until its hello is verified, nothing else of a data channel is read.
    if (early.length === 0) return verifyHello(bytes);
    if (early.length < EARLY_MESSAGES) early.push(bytes);
  }

  return {
    opened: async () => {
      direct = "open";
      await sayHello();
    },
    closed: () => {
      direct = "closed";
      early.length = 0;
    },
    receiveDirect,
    receiveThroughRoom: receive,
    say,
    setView: (stream, { width, height }) => {
      // Where no channel is open no picture flows either; it is said again when one opens.
      view = { type: "view", stream, width, height };
      sayDirect(view);
    },
    epochChanged: async (next) => {
      statement = next;
      sayStatement();
      // Ours may have been too old for the peer to judge.
      if (direct === "open" || direct === "greeted") await sayHello();
      for (const bytes of early.splice(0)) await receiveDirect(bytes);
      const theirs = earlyStatement;
      earlyStatement = undefined;
      if (theirs !== undefined) await judge(theirs);
    },
    heard: () => {
      heardMs = clock.nowMs();
    },
    tick: async () => {
      const nowMs = clock.nowMs();
      if (
        statement !== undefined &&
        unsaidSinceMs !== undefined &&
        nowMs - unsaidSinceMs >= THROUGH_ROOM_MS
      ) {
        unsaidSinceMs = undefined;
        await say({ type: "epoch", ...statement });
      } else if (nowMs - saidMs >= ALIVE_MS) await say({ type: "alive" });
    },
    isSilent: () => {
      const nowMs = clock.nowMs();
      if (nowMs - heardMs < SILENT_MS || nowMs - askedMs < ASK_AGAIN_MS) return false;
      askedMs = nowMs;
      return true;
    },
    quietMs: () => clock.nowMs() - heardMs,
    isAhead: () => earlyStatement !== undefined,
    isConfirmed: () => confirmed !== undefined,
    isForked: () => forked,
  };
}
