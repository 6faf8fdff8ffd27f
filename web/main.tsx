import { fail, ok, type Result } from "../protocol/result.ts";
import { formatLink, parseLink } from "../protocol/link.ts";
import { createCall } from "./core/call.ts";
import type { Call, CallFailureCode, Lobby } from "./core/call-state.ts";
import type { PeerLinks } from "./core/peer-link.ts";
import { createCallLock } from "./io/call-lock.ts";
import { browserClock } from "./io/clock.ts";
import { createCryptoWorkerClient, type CryptoWorkerClient } from "./io/crypto-worker-client.ts";
import { createDeviceMemory } from "./io/device-memory.ts";
import { createEdgeApi } from "./io/edge-api.ts";
import { keptInBrowser, keptInTab } from "./io/kept-text.ts";
import { createLocalMedia } from "./io/local-media.ts";
import { createPeerLinks } from "./io/peer-links.ts";
import { createRoomSocket } from "./io/room-socket.ts";
import { servedBuild, whenIdle } from "./io/served-build.ts";
import { mountApp } from "./ui/app.tsx";
import "./styles/app.css";

/** An operator who publishes their source says where when building: `VITE_SOURCE_URL`. */
const sourceUrl: string | undefined = import.meta.env["VITE_SOURCE_URL"];

const { origin } = location;
const clock = browserClock;
const edge = createEdgeApi({ origin, clock });
const memory = createDeviceMemory(keptInBrowser, keptInTab);

/** What takes a moment to start and is the same for every room: begun before anybody clicks. */
type Start = {
  readonly client: CryptoWorkerClient;
  readonly links: Promise<Result<PeerLinks, { readonly code: CallFailureCode }>>;
};

function start(): Start {
  const client = createCryptoWorkerClient();
  return { client, links: createPeerLinks({ transforms: client.transforms, clock }) };
}

const unsupported = whatIsMissing();
let warm: Start | undefined = unsupported === undefined ? start() : undefined;

/** Why this browser can't make a call at all. */
function whatIsMissing(): CallFailureCode | undefined {
  if (!isSecureContext) return "insecure-origin";
  if (!("subtle" in crypto)) return "webcrypto-unavailable";
  if (!("RTCPeerConnection" in globalThis)) return "webrtc-unavailable";
  return undefined;
}

const lobby: Lobby = {
  newCall: async ({ label, mode }) => {
    warm ??= start();
    const room = await warm.client.crypto.newRoom({ mode });
    if (!room.ok) return { ok: false, code: room.error.code };
    const created = await edge.createRoom(room.value.body);
    if (!created.ok) return { ok: false, code: created.error.code };
    const { roomId, secret } = room.value;
    return { ok: true, link: await formatLink({ roomId, secret, label }) };
  },
};

async function openCall(
  path: string,
  fragment: string,
): Promise<Result<Call, { readonly code: CallFailureCode }>> {
  const link = await parseLink(path, fragment);
  if (!link.ok) return link;
  const { client, links: linksStarting } = warm ?? start();
  warm = undefined;
  const links = await linksStarting;
  if (!links.ok) {
    client.terminate();
    return fail(links.error.code);
  }
  const media = createLocalMedia(keptInBrowser);
  // Asked for at once, so that people see themselves; refusing either is no obstacle.
  void Promise.all([media.turn("microphone", true), media.turn("camera", true)]);
  const call = await createCall(link.value, origin, {
    crypto: client.crypto,
    links: links.value,
    media,
    edge,
    openSocket: createRoomSocket({ origin, clock }),
    clock,
    memory,
    lock: createCallLock(clock),
    random: Math.random,
    onFault: reportError,
    onWake: (listener) => {
      const wake = new AbortController();
      addEventListener("online", listener, { signal: wake.signal });
      document.addEventListener(
        "visibilitychange",
        () => {
          if (document.visibilityState === "visible") listener();
        },
        { signal: wake.signal },
      );
      return () => wake.abort();
    },
  });
  return ok({
    ...call,
    close: () => {
      call.close();
      media.stop();
      client.terminate();
    },
  });
}

const root = document.getElementById("app");
if (root === null) throw new TypeError("page: expected an element with id app");
const stop = mountApp({
  root,
  startLobby: () => lobby,
  openCall,
  unsupported,
  servedBuild: async () => {
    await whenIdle();
    return servedBuild({ origin, script: import.meta.url });
  },
  sourceUrl,
  attachMedia: (element, media) => {
    element.srcObject = (media as MediaStream | undefined) ?? null;
  },
});
// The last moment at which a goodbye can be sent.
addEventListener("pagehide", stop);
