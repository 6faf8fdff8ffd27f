import type { Clock } from "../clock.ts";

/** webrtc-pc RTCPeerConnectionState. */
export type ConnectionState =
  | "new"
  | "connecting"
  | "connected"
  | "disconnected"
  | "failed"
  | "closed";

export type IceRecovery = {
  readonly changed: (state: ConnectionState) => void;
  /** A description of the peer was set: from now on this side may restart. */
  readonly described: () => void;
  readonly offered: () => void;
  readonly answered: () => void;
  /** Another network: old candidates are worthless, whatever the connection still believes. */
  readonly networkChanged: () => void;
  readonly close: () => void;
};

export type RecoveryActions = {
  readonly connected: () => void;
  /** Once per outage. */
  readonly interrupted: () => void;
  readonly restart: () => void;
  readonly resend: () => void;
  readonly gaveUp: () => void;
};

/** Consent checks miss a beat on any busy radio; most `disconnected` heal by themselves within this. */
const DISCONNECTED_MS = 2_000;
/** Longer than a slow answer takes. */
const RETRY_MS = 5_000;
/** After this an owner had better open a new link. */
const GIVE_UP_MS = 60_000;

/** Decides when a connection restarts ICE (RFC 8445 §2.4), asks again, or is given up. Holds timers of `clock` only. */
export function createIceRecovery(clock: Clock, actions: RecoveryActions): IceRecovery {
  let state: ConnectionState = "new";
  let isDescribed = false;
  let isAwaitingAnswer = false;
  let isInterrupted = false;
  let cancelRetry = () => {};
  let cancelGiveUp: (() => void) | undefined;

  const retryAfter = (delayMs: number): void => {
    cancelRetry();
    cancelRetry = clock.after(delayMs, recover);
  };
  const calm = (): void => {
    cancelRetry();
    cancelGiveUp?.();
    cancelGiveUp = undefined;
    isInterrupted = false;
  };
  const recover = (): void => {
    if (state === "disconnected" || state === "failed") {
      if (!isInterrupted) {
        isInterrupted = true;
        actions.interrupted();
      }
      if (isAwaitingAnswer) actions.resend();
      else actions.restart();
    } else if (isAwaitingAnswer) actions.resend();
    retryAfter(RETRY_MS);
  };
  const watch = (firstMs: number): void => {
    // Before the peer has answered once, its owner alone knows whether the offer was even sent.
    if (!isDescribed) return;
    cancelGiveUp ??= clock.after(GIVE_UP_MS, () => {
      cancelRetry();
      actions.gaveUp();
    });
    if (firstMs === 0) recover();
    else retryAfter(firstMs);
  };

  return {
    changed: (next) => {
      if (next === state) return;
      state = next;
      if (next === "connected") {
        calm();
        if (isAwaitingAnswer) retryAfter(RETRY_MS);
        actions.connected();
      } else if (next === "disconnected") watch(DISCONNECTED_MS);
      else if (next === "failed") watch(0);
      else if (next === "connecting") watch(RETRY_MS);
      else if (next === "closed") calm();
    },
    described: () => {
      isDescribed = true;
      if (state === "connecting") watch(RETRY_MS);
    },
    offered: () => {
      isAwaitingAnswer = true;
      if (isDescribed) retryAfter(RETRY_MS);
    },
    answered: () => {
      isAwaitingAnswer = false;
      if (state === "connected") cancelRetry();
    },
    networkChanged: () => {
      if (!isDescribed) return;
      actions.restart();
    },
    close: calm,
  };
}
