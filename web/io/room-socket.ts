import * as v from "valibot";
import { clientMessageCodec } from "../../protocol/client-messages.ts";
import { CLOSE, failureCodeSchema } from "../../protocol/failure-codes.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { PING, PONG, SOCKET_PROTOCOL } from "../../protocol/message-codec.ts";
import { roomMessageCodec } from "../../protocol/room-messages.ts";
import type { Clock } from "../core/clock.ts";
import type { OpenRoomSocket, RoomSocketEvent } from "../core/room-socket.ts";

/** Silence longer than this is a dead line, in opening and after a ping alike. */
const SILENCE_MS = 10_000;
/** After a change of network the old line is dead more often than not. */
const CHANGED_SILENCE_MS = 3_000;

/**
 * The room's socket over WebSocket, with no queue and no reconnection of its own: a message of an
 * earlier connection must not be replayed, and each connection needs a fresh token.
 */
export function createRoomSocket(edge: {
  readonly origin: string;
  readonly clock: Clock;
  readonly connect?: (url: URL, protocols: string[]) => WebSocket;
}): OpenRoomSocket {
  const connect = edge.connect ?? ((url, protocols) => new WebSocket(url, protocols));
  return (listener) => {
    let line: Line | undefined;
    return {
      open: ({ roomId, token }) => {
        line?.drop();
        const url = new URL(`/api/rooms/${roomId}/socket`, edge.origin);
        url.protocol = url.protocol.replace("http", "ws");
        line = startLine(connect(url, [SOCKET_PROTOCOL, token]), edge.clock, listener);
      },
      send: (message) => line?.send(clientMessageCodec.encode(message)) ?? false,
      close: () => {
        line?.drop();
        line = undefined;
      },
    };
  };
}

type Line = {
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  /** Closes without telling anyone. */
  readonly drop: () => void;
};

function startLine(
  socket: WebSocket,
  clock: Clock,
  listener: (event: RoomSocketEvent) => void,
): Line {
  const lifetime = new AbortController();
  const { signal } = lifetime;
  let cancelPing = (): void => {};
  let cancelSilence = (): void => {};
  let silentUntilMs = Infinity;

  const drop = (): void => {
    lifetime.abort();
    cancelPing();
    cancelSilence();
    socket.close();
  };
  const closed = (event: Omit<RoomSocketEvent & { type: "closed" }, "type">): void => {
    if (signal.aborted) return;
    drop();
    listener({ type: "closed", ...event });
  };
  const lost = (): void => closed({ code: "socket-lost", again: true });
  const awaitSign = (withinMs: number): void => {
    const untilMs = clock.nowMs() + withinMs;
    // The first unanswered ping counts: a later one must not put the end off.
    if (untilMs >= silentUntilMs) return;
    cancelSilence();
    silentUntilMs = untilMs;
    cancelSilence = clock.after(withinMs, lost);
  };
  const heard = (): void => {
    cancelSilence();
    silentUntilMs = Infinity;
  };
  const ping = (withinMs: number): void => {
    cancelPing();
    cancelPing = clock.after(LIMITS.pingMs, () => ping(SILENCE_MS));
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(PING);
    awaitSign(withinMs);
  };
  const received = (data: unknown): void => {
    heard();
    if (data === PONG) return;
    const message =
      data instanceof ArrayBuffer ? roomMessageCodec.decode(new Uint8Array(data)) : undefined;
    if (message?.ok === true) listener({ type: "message", message: message.value });
    else closed({ code: "message-malformed", again: false });
  };

  socket.binaryType = "arraybuffer";
  awaitSign(SILENCE_MS);
  socket.addEventListener(
    "open",
    () => {
      heard();
      cancelPing = clock.after(LIMITS.pingMs, () => ping(SILENCE_MS));
      listener({ type: "opened" });
    },
    { signal },
  );
  socket.addEventListener("message", ({ data }) => received(data), { signal });
  socket.addEventListener("close", (event) => closed(closing(event)), { signal });
  addEventListener("online", () => ping(CHANGED_SILENCE_MS), { signal });

  return {
    send: (bytes) => {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(bytes);
      return true;
    },
    drop,
  };
}

function closing(event: CloseEvent): Omit<RoomSocketEvent & { type: "closed" }, "type"> {
  const reason = v.safeParse(failureCodeSchema, event.reason);
  const code = reason.success ? reason.output : "socket-lost";
  return { code, again: event.code !== CLOSE.refused && event.code !== CLOSE.replaced };
}
