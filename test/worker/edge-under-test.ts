import { env } from "cloudflare:workers";
import { KEY_RING_NAME, type KeyRing } from "../../durable-objects/key-ring.ts";
import type { RoomServer } from "../../durable-objects/room-server.ts";
import { createApp } from "../../workers/app.ts";
import type * as worker from "../../workers/index.ts";
import { readConfig } from "../../workers/config.ts";
import type { AppDeps } from "../../workers/deps.ts";
import type { Edge } from "../support/room-client-keys.ts";

declare global {
  namespace Cloudflare {
    // What `exports.default` of "cloudflare:workers" is.
    interface GlobalProps {
      mainModule: typeof worker;
    }
  }
}

/** The bindings of wrangler.toml, as the tests get them. */
export const bindings = env as unknown as {
  readonly ROOM: DurableObjectNamespace<RoomServer>;
  readonly KEY_RING: DurableObjectNamespace<KeyRing>;
};

export type EdgeUnderTest = Edge & {
  /** What the app wrote to the operator's log. */
  readonly logged: readonly string[];
  /** Moves the edge's clock, which starts at the real time. */
  readonly advance: (ms: number) => void;
};

/** The app on the real objects, with variables, clock, network and parts of its surroundings in the test's hand. */
export function edgeUnderTest(
  options: {
    readonly vars?: Readonly<Record<string, string>>;
    readonly origin?: string;
    readonly address?: string;
    readonly deps?: Partial<AppDeps>;
  } = {},
): EdgeUnderTest {
  const config = readConfig({ STUN_URLS: "", ...options.vars });
  if (!config.ok) throw new TypeError(`test configuration: ${JSON.stringify(config.problems)}`);
  const logged: string[] = [];
  let advancedMs = 0;
  const app = createApp({
    config: config.value,
    room: (roomId) => bindings.ROOM.getByName(roomId),
    keyRing: () => bindings.KEY_RING.getByName(KEY_RING_NAME),
    nowMs: () => Date.now() + advancedMs,
    fetch: () => Promise.reject(new TypeError("no network in this test")),
    log: ({ code, detail }) => logged.push(`${code}: ${detail}`),
    ...options.deps,
  });
  const { origin = "https://sotto.example", address = "192.0.2.1" } = options;
  return {
    origin,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      request.headers.set("CF-Connecting-IP", address);
      return await app.fetch(request);
    },
    logged,
    advance: (ms) => {
      advancedMs += ms;
    },
  };
}
