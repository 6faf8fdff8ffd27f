import type { Hono } from "hono";
import { KEY_RING_NAME, type KeyRing } from "../durable-objects/key-ring.ts";
import type { RoomServer } from "../durable-objects/room-server.ts";
import { createApp, createUnconfiguredApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { consoleLog } from "./log.ts";

export { KeyRing } from "../durable-objects/key-ring.ts";
export { RoomServer } from "../durable-objects/room-server.ts";

/** The bindings of wrangler.toml. The operator's variables stand beside them and are read by `readConfig`. */
type Bindings = {
  readonly ROOM: DurableObjectNamespace<RoomServer>;
  readonly KEY_RING: DurableObjectNamespace<KeyRing>;
};

function appFor(env: Bindings): Hono {
  const config = readConfig(env);
  if (!config.ok) {
    const detail = config.problems.map(
      ({ variable, expected }) => `${variable}: expected ${expected}`,
    );
    consoleLog({ code: "configuration-invalid", detail: detail.join("; ") });
    return createUnconfiguredApp(consoleLog);
  }
  return createApp({
    config: config.value,
    room: (roomId) => env.ROOM.getByName(roomId),
    keyRing: () => env.KEY_RING.getByName(KEY_RING_NAME),
    nowMs: Date.now,
    fetch: (request) => fetch(request),
    log: consoleLog,
  });
}

let app: Hono | undefined;

export default {
  fetch(request: Request, env: Bindings): Response | Promise<Response> {
    // Kept for the isolate's life: caches and buckets live in it, and variables don't change under it.
    app ??= appFor(env);
    return app.fetch(request);
  },
};
