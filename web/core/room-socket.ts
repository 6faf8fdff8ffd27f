import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { RoomId } from "../../protocol/ids.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";

/** What the socket tells its owner. `closed` with `again: false` is final; otherwise the owner calls `open` with a fresh token when `wait` says so. */
export type RoomSocketEvent =
  | { readonly type: "opened" }
  | { readonly type: "message"; readonly message: RoomMessage }
  | {
      readonly type: "closed";
      readonly code: FailureCode | "socket-lost" | "message-malformed";
      readonly again: boolean;
    };

/** One socket to the room: binary frames of SPEC WIRE-1, a ping every `LIMITS.pingMs`. Holds no queue: what can't be sent now is lost, and said so. */
export type RoomSocket = {
  /** Opens a socket; an older one of this port is closed first. */
  readonly open: (room: { readonly roomId: RoomId; readonly token: string }) => void;
  /** False when the socket is not open: nothing was sent. */
  readonly send: (message: ClientMessage) => boolean;
  readonly close: () => void;
};

export type OpenRoomSocket = (listener: (event: RoomSocketEvent) => void) => RoomSocket;
