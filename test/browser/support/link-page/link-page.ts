/// <reference types="vite/client" />
import type { SignalBody } from "../../../../protocol/signal.ts";
import type { VideoCodec } from "../../../../web/core/negotiation/sdp-trim.ts";
import type {
  LinkEvent,
  LinkOptions,
  LinkStats,
  LinkStream,
  MediaHandle,
  PeerLink,
  PeerLinks,
} from "../../../../web/core/peer-link.ts";
import { browserClock } from "../../../../web/io/clock.ts";
import { trustedWorkerUrl } from "../../../../web/io/crypto-worker-url.ts";
import { createPeerLinks } from "../../../../web/io/peer-links.ts";
import { makePicture, makeTone, showStream } from "./page-media.ts";
import { type Behaviour, createMarkingTransforms } from "./marking-transforms.ts";
// oxlint-disable-next-line import/default -- Vite builds the worker and answers with its URL.
import workerUrl from "./marking-worker.ts?worker&url";

type Size = { readonly width: number; readonly height: number };
type Ice = Partial<Pick<LinkOptions, "iceServers" | "iceTransportPolicy">>;

/** What a test may ask of the page. Everything it takes and answers can be sent as JSON. */
export type LinkPage = {
  /** Makes this page's certificate; answers its fingerprint. */
  readonly start: (session: {
    readonly behaviour?: Behaviour;
    readonly videoCodecs?: readonly VideoCodec[];
  }) => Promise<number[]>;
  readonly open: (link: {
    readonly polite: boolean;
    readonly peerFingerprint: readonly number[];
    readonly camera?: Size;
    readonly ice?: Ice;
    readonly preferAv1?: boolean;
  }) => Promise<void>;
  readonly offer: () => void;
  readonly receive: (bodies: readonly SignalBody[]) => void;
  /** Waits for signals to be carried to the other page; each is handed out once. None at last, when the link is closed. */
  readonly take: () => Promise<SignalBody[]>;
  /** What happened so far, oldest first: `connected direct`, `playing camera`. */
  readonly events: () => readonly string[];
  readonly send: (text: string) => boolean;
  readonly setPeerView: (view: Size) => void;
  readonly restartIce: () => void;
  /** Another picture in place of the camera's, or none. */
  readonly setCamera: (size: Size | undefined) => Promise<void>;
  readonly setLateTransforms: () => void;
  readonly audioLevel: () => number;
  readonly stats: () => Promise<LinkStats>;
  /** Pictures of the peer's camera that were drawn so far. */
  readonly framesShown: () => number;
  readonly close: () => void;
};

declare global {
  // How a global is declared.
  var linkPage: LinkPage;
}

// The page runs under the product's content security policy, which wants the product's one policy.
const worker = new Worker(trustedWorkerUrl(workerUrl), { type: "module" });

const FIRST_CAMERA = { width: 640, height: 360 };

let links: PeerLinks | undefined;
let link: PeerLink | undefined;
let setLate = (): void => {};
let framesShown = (): number => 0;
let outbox: SignalBody[] = [];
let wakeTaker = (): void => {};
const events: string[] = [];

function opened(): PeerLink {
  if (link === undefined) throw new Error("no link is open");
  return link;
}

function record(event: LinkEvent): void {
  switch (event.type) {
    case "signal":
      outbox.push(event.body);
      wakeTaker();
      break;
    case "stream":
      events.push(`stream ${event.stream}`);
      show(event.stream, event.media);
      break;
    case "channel-message":
      events.push(`message ${new TextDecoder().decode(event.bytes)}`);
      break;
    case "connected":
      events.push(`connected ${event.path}`);
      break;
    case "failed":
      events.push(`failed ${event.code}`);
      break;
    case "playing":
    case "plaintext-stopped":
      events.push(`${event.type} ${event.stream}`);
      break;
    default:
      events.push(event.type);
  }
}

function show(stream: LinkStream, media: MediaHandle): void {
  const count = showStream(stream, media as MediaStream);
  if (stream === "camera") framesShown = count;
}

globalThis.linkPage = {
  start: async ({ behaviour = "marking", videoCodecs = ["VP9", "VP8"] }) => {
    const transforms = createMarkingTransforms(worker, behaviour);
    const made = await createPeerLinks({ transforms, clock: browserClock, videoCodecs });
    if (!made.ok) throw new Error(made.error.code);
    links = made.value;
    setLate = transforms.setLate;
    return [...links.fingerprint];
  },
  open: async ({ polite, peerFingerprint, camera = FIRST_CAMERA, ice = {}, preferAv1 = false }) => {
    const tracks = { microphone: await makeTone(), camera: makePicture(camera) };
    link = links?.open({
      linkId: crypto.randomUUID(),
      polite,
      peerFingerprint: Uint8Array.from(peerFingerprint),
      iceServers: ice.iceServers ?? [],
      iceTransportPolicy: ice.iceTransportPolicy ?? "all",
      preferAv1,
      tracks,
      onEvent: record,
    });
  },
  offer: () => opened().offer(),
  receive: (bodies) => bodies.forEach((body) => opened().receive(body)),
  take: async () => {
    if (outbox.length === 0) await new Promise<void>((resolve) => (wakeTaker = resolve));
    const taken = outbox;
    outbox = [];
    return taken;
  },
  events: () => events,
  send: (text) => opened().send(new TextEncoder().encode(text)),
  setPeerView: (view) => opened().setPeerView(view),
  restartIce: () => opened().restartIce(),
  setCamera: (size) => {
    opened().setTrack("camera", size === undefined ? undefined : makePicture(size));
    return Promise.resolve();
  },
  setLateTransforms: () => setLate(),
  audioLevel: () => opened().audioLevel(),
  stats: () => opened().stats(),
  framesShown: () => framesShown(),
  close: () => {
    opened().close();
    wakeTaker();
  },
};
