import type { KeyRingRpc, RoomRpc } from "../durable-objects/rpc.ts";
import type { RoomId } from "../protocol/ids.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";

/** A room as the edge sees it: asked by RPC, and handed the sockets it lets through. */
export type Room = RoomRpc & { readonly fetch: (request: Request) => Promise<Response> };

/** Everything the app reaches beyond its own memory. */
export type AppDeps = {
  readonly config: Config;
  /** Made anew for each request: a stub belongs to the request it was made in. */
  readonly room: (roomId: RoomId) => Room;
  readonly keyRing: () => KeyRingRpc;
  readonly nowMs: () => number;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly log: Log;
};
