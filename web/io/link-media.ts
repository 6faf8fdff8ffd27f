import type { FrameTransforms } from "../core/frame-transforms.ts";
import type { Size } from "../core/negotiation/encoding.ts";
import { DEPENDENCY_DESCRIPTOR, HEADER_EXTENSIONS } from "../core/negotiation/sdp-extensions.ts";
import type { VideoCodec } from "../core/negotiation/sdp-trim.ts";
import { LINK_STREAMS, type LinkStream, type MediaHandle } from "../core/peer-link.ts";
import { createVideoSending } from "./video-sending.ts";

const KINDS = { microphone: "audio", camera: "video" } as const;
const streamOf = (kind: string): LinkStream => (kind === "audio" ? "microphone" : "camera");

/** Chromium's part of webrtc-extensions that the type library lacks. */
type WithHeaderExtensions = RTCRtpTransceiver & {
  readonly getHeaderExtensionsToNegotiate: () => { direction: string; uri: string }[];
  readonly setHeaderExtensionsToNegotiate: (
    extensions: { direction: string; uri: string }[],
  ) => void;
};

export type LinkMedia = {
  /** The side that offers: makes the transceivers. */
  readonly add: () => void;
  /** Called in `ontrack`, by its event's turn: the answering side's transceivers appear there. */
  readonly adopt: (transceiver: RTCRtpTransceiver) => LinkStream;
  readonly setTrack: (stream: LinkStream, track: MediaHandle | undefined) => void;
  readonly setPeerView: (view: Size) => void;
  /** Sends nothing of this stream any more, whatever track is set later. */
  readonly stop: (stream: LinkStream) => void;
  /** After each negotiation: parameters can be set that could not be before. */
  readonly refresh: () => void;
  readonly transceiver: (stream: LinkStream) => RTCRtpTransceiver | undefined;
};

/** The streams of one connection: transceivers, their transforms, their tracks, and how much is sent. */
export function createLinkMedia(
  connection: RTCPeerConnection,
  link: {
    readonly linkId: string;
    readonly transforms: FrameTransforms;
    readonly videoCodecs: readonly VideoCodec[];
    readonly tracks: Readonly<Partial<Record<LinkStream, MediaHandle>>>;
  },
): LinkMedia {
  const transceivers = new Map<LinkStream, RTCRtpTransceiver>();
  const tracks = new Map<LinkStream, MediaHandle | undefined>(
    LINK_STREAMS.map((stream) => [stream, link.tracks[stream]]),
  );
  const stopped = new Set<LinkStream>();
  const video = createVideoSending(() => transceivers.get("camera")?.sender);

  const place = (stream: LinkStream): void => {
    const sender = transceivers.get(stream)?.sender;
    if (sender === undefined) return;
    const track = stopped.has(stream) ? undefined : tracks.get(stream);
    // It rejects only when the connection has closed meanwhile.
    sender
      .replaceTrack((track as MediaStreamTrack | undefined) ?? null)
      .then(video.refresh, () => {});
  };
  const prepare = (stream: LinkStream, transceiver: RTCRtpTransceiver): void => {
    // Nothing may stand before these two lines: a transform set late is plaintext.
    link.transforms.attach(transceiver.sender, { linkId: link.linkId, stream, direction: "send" });
    link.transforms.attach(transceiver.receiver, {
      linkId: link.linkId,
      stream,
      direction: "receive",
    });
    transceivers.set(stream, transceiver);
    if (stream === "camera") preferCodecs(transceiver, link.videoCodecs);
    negotiateExtensions(transceiver, link.videoCodecs.includes("AV1"));
    place(stream);
  };

  return {
    add: () => {
      for (const stream of LINK_STREAMS) {
        prepare(stream, connection.addTransceiver(KINDS[stream], { direction: "sendrecv" }));
      }
    },
    adopt: (transceiver) => {
      const stream = streamOf(transceiver.receiver.track.kind);
      if (!transceivers.has(stream)) {
        prepare(stream, transceiver);
        transceiver.direction = "sendrecv";
      }
      return stream;
    },
    setTrack: (stream, track) => {
      tracks.set(stream, track);
      place(stream);
    },
    setPeerView: video.setView,
    stop: (stream) => {
      stopped.add(stream);
      place(stream);
      if (stream === "camera") video.stop();
    },
    refresh: video.refresh,
    transceiver: (stream) => transceivers.get(stream),
  };
}

function preferCodecs(transceiver: RTCRtpTransceiver, names: readonly VideoCodec[]): void {
  const capable = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const named = (name: string) =>
    capable.filter(({ mimeType }) => mimeType.toUpperCase() === `VIDEO/${name}`);
  const preferred = [...names.flatMap(named), ...named("RTX")];
  if (preferred.length > 0) transceiver.setCodecPreferences(preferred);
}

/** Where the browser can be asked; elsewhere trimming the description does it. */
function negotiateExtensions(transceiver: RTCRtpTransceiver, hasAv1: boolean): void {
  if (!("setHeaderExtensionsToNegotiate" in transceiver)) return;
  const asked = transceiver as WithHeaderExtensions;
  asked.setHeaderExtensionsToNegotiate(
    asked.getHeaderExtensionsToNegotiate().map(({ uri, direction }) => {
      if (!HEADER_EXTENSIONS.has(uri)) return { uri, direction: "stopped" };
      // Chromium leaves it out by itself, and without it a sealed AV1 stream starts seconds late.
      if (uri === DEPENDENCY_DESCRIPTOR && hasAv1) return { uri, direction: "sendrecv" };
      return { uri, direction };
    }),
  );
}
