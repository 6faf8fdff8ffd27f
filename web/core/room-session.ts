import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { TokenAnswer } from "../../protocol/http.ts";
import type { RoomId } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";
import { createBackoff } from "./backoff.ts";
import type { CallCrypto } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import type { EdgeApi, EdgeFailure } from "./edge-api.ts";
import type { OpenRoomSocket, RoomSocketEvent } from "./room-socket.ts";
import { createSerialQueue } from "./serial-queue.ts";
import { type OwnClaims, readOwnClaims } from "./own-claims.ts";

export type IceAnswer = Pick<TokenAnswer, "iceServers" | "iceTransportPolicy">;

export type RoomSessionEvent =
  /** A token came, and with it the ICE servers; the socket is being opened. */
  | { readonly type: "ice-servers"; readonly answer: IceAnswer }
  /** The host link this device held counts no more; it goes on as a member's. */
  | { readonly type: "demoted"; readonly code: EdgeFailure["code"] | FailureCode }
  /** A message of the room, other than its challenge. */
  | { readonly type: "message"; readonly message: RoomMessage }
  /** The socket is gone; the session is trying again. */
  | { readonly type: "lost" }
  /** No further attempt will be made. */
  | { readonly type: "refused"; readonly code: EdgeFailure["code"] | FailureCode };

/** Token, socket and challenge of one member in one room, made anew whenever the socket is lost. */
export type RoomSession = {
  readonly start: () => void;
  readonly send: (message: ClientMessage) => boolean;
  /** What the token in use says: the role by which one enters, and whether the host key was shown for it. */
  readonly claims: () => OwnClaims | undefined;
  /** What may be had beside the socket in use: who was let in may use relays, and was not told of them before. */
  readonly askIce: () => Promise<IceAnswer | undefined>;
  /** Tries at once instead of when the back-off says: the network came back, or the tab. */
  readonly hurry: () => void;
  /** Gives the socket up for a new one, so that the room says again how things stand. */
  readonly renew: () => void;
  readonly stop: () => void;
};

/** Answers that time alone can change. */
const PASSING: readonly (EdgeFailure["code"] | FailureCode)[] = [
  "edge-unreachable",
  "edge-answer-malformed",
  "rate-limited",
  "service-unavailable",
  // Another tab, or this page before it was loaded again, asked within the same second.
  "proof-replayed",
];
/** Answers to a host link that no longer counts. */
const LAPSED: readonly (EdgeFailure["code"] | FailureCode)[] = [
  "delegation-expired",
  "delegation-withdrawn",
];
/** A proof is as old as its second: the next attempt after a replayed one waits for another. */
const PROOF_MS = 1_000;

export function createRoomSession(ports: {
  readonly roomId: RoomId;
  readonly edge: EdgeApi;
  readonly crypto: CallCrypto;
  readonly openSocket: OpenRoomSocket;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onEvent: (event: RoomSessionEvent) => void;
  /** A bug: told, not swallowed. */
  readonly onFault: (fault: unknown) => void;
}): RoomSession {
  const { roomId, edge, crypto, clock, onEvent } = ports;
  const backoff = createBackoff({ firstMs: 400, mostMs: 15_000, random: ports.random });
  const queue = createSerialQueue((fault) => {
    if (isStopped()) return;
    ports.onFault(fault);
    retry();
  });
  const socket = ports.openSocket((event) => queue.run(() => hear(event)));
  let phase: "idle" | "connecting" | "open" | "waiting" | "stopped" = "idle";
  let claims: OwnClaims | undefined;
  /** Server clock minus ours, seconds: learned from a refused proof. */
  let clockSkewSec = 0;
  let provedAtSec = 0;
  let cancelWait = (): void => {};

  function refuse(code: EdgeFailure["code"] | FailureCode): void {
    phase = "stopped";
    socket.close();
    onEvent({ type: "refused", code });
  }

  function retry(atLeastMs = 0): void {
    if (phase === "stopped" || phase === "waiting") return;
    phase = "waiting";
    cancelWait = clock.after(backoff.next(atLeastMs), () => queue.run(connect));
  }

  async function connect(): Promise<void> {
    if (phase === "stopped" || phase === "connecting") return;
    phase = "connecting";
    cancelWait();
    const answer = await requestToken();
    // Stopped while the edge was answering.
    if (isStopped()) return;
    if (!answer.ok) {
      const { code, retryAfterSec } = answer.error;
      const waitMs = code === "proof-replayed" ? PROOF_MS : (retryAfterSec ?? 0) * 1000;
      if (PASSING.includes(code)) retry(waitMs);
      else refuse(code);
      return;
    }
    claims = readOwnClaims(answer.value.token);
    const { iceServers, iceTransportPolicy } = answer.value;
    onEvent({ type: "ice-servers", answer: { iceServers, iceTransportPolicy } });
    socket.open({ roomId, token: answer.value.token });
  }

  const isStopped = (): boolean => phase === "stopped";

  async function requestToken() {
    const ask = async () => {
      // Two within a second would sign the same, and the edge takes a proof once.
      provedAtSec = Math.max(Math.floor(clock.nowMs() / 1000) + clockSkewSec, provedAtSec + 1);
      return edge.requestToken(roomId, await crypto.tokenRequest(provedAtSec));
    };
    let first = await ask();
    if (!first.ok && LAPSED.includes(first.error.code)) {
      // What made this device a host's is no more; the link of the call still is.
      await crypto.dropHostLink();
      onEvent({ type: "demoted", code: first.error.code });
      first = await ask();
    }
    if (first.ok || first.error.code !== "proof-expired" || first.error.timeSec === undefined)
      return first;
    // A clock wrong by an hour is common; the server's is good enough to show freshness to the server.
    clockSkewSec = first.error.timeSec - Math.floor(clock.nowMs() / 1000);
    provedAtSec = 0;
    return ask();
  }

  async function hear(event: RoomSocketEvent): Promise<void> {
    if (phase === "stopped") return;
    switch (event.type) {
      case "opened":
        return;
      case "closed": {
        const wasUp = phase === "open";
        phase = "idle";
        if (wasUp) onEvent({ type: "lost" });
        if (event.again) retry();
        else if (event.code !== "socket-lost") refuse(event.code);
        return;
      }
      case "message": {
        const { message } = event;
        if (message.type === "challenge") {
          if (claims === undefined) return retry();
          const { jti } = claims;
          const proof = await crypto.prove({ nonce: message.nonce, jti });
          socket.send({ type: "prove", ...proof });
          return;
        }
        if (phase === "connecting") {
          // The first answer behind a proof: the room believes who we are.
          phase = "open";
          backoff.reset();
        }
        onEvent({ type: "message", message });
      }
    }
  }

  return {
    start: () => queue.run(connect),
    send: (message) => phase === "open" && socket.send(message),
    claims: () => claims,
    // Beside the queue, so that no message of the room waits for the edge.
    askIce: async () => {
      const answer = await requestToken();
      if (!answer.ok || isStopped()) return undefined;
      const { iceServers, iceTransportPolicy } = answer.value;
      return { iceServers, iceTransportPolicy };
    },
    hurry: () => {
      if (phase !== "waiting") return;
      cancelWait();
      queue.run(connect);
    },
    renew: () =>
      queue.run(() => {
        if (phase !== "open") return;
        phase = "idle";
        socket.close();
        onEvent({ type: "lost" });
        return connect();
      }),
    stop: () => {
      phase = "stopped";
      cancelWait();
      queue.close();
      socket.close();
    },
  };
}
