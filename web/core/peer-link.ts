import type { TokenAnswer } from "../../protocol/http.ts";
import type { SignalBody } from "../../protocol/signal.ts";

/** A track or stream of the browser, opaque to everything that has no DOM. */
export type MediaHandle = object;

/** Streams a link carries in its first version; their order is the order of the m-lines. */
export const LINK_STREAMS = ["microphone", "camera"] as const;
export type LinkStream = (typeof LINK_STREAMS)[number];

/** How the two ends reach each other (webrtc-stats candidate types of the selected pair). */
export type LinkPath = "direct" | "relayed";

export type LinkEvent =
  /** To be sealed and sent to the peer. */
  | { readonly type: "signal"; readonly body: SignalBody }
  | { readonly type: "connected"; readonly path: LinkPath }
  /** Consent was lost; the link restarts ICE by itself. */
  | { readonly type: "interrupted" }
  /** Nothing more will come of this link. */
  | { readonly type: "failed"; readonly code: LinkFailureCode }
  /** The data channel is open; the first message must be the `hello`. */
  | { readonly type: "channel-open" }
  | { readonly type: "channel-closed" }
  | { readonly type: "channel-message"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The peer's stream can be shown. The same handle for as long as the link lives. */
  | { readonly type: "stream"; readonly stream: LinkStream; readonly media: MediaHandle }
  /** The first frame of the peer's camera was rendered, or microphone decoded. */
  | { readonly type: "playing"; readonly stream: LinkStream }
  /** The plaintext watch found frames that the worker never sealed; that sender has been stopped. */
  | { readonly type: "plaintext-stopped"; readonly stream: LinkStream };

export type LinkFailureCode =
  | "fingerprint-mismatch"
  | "description-malformed"
  | "header-extension-foreign"
  | "ice-failed"
  | "transform-unavailable";

/** One RTCPeerConnection to one member, with transforms set the moment a transceiver exists and one negotiated data channel. */
export type PeerLink = {
  /** Makes the first offer (SPEC NEG-2); the other side waits for it. */
  readonly offer: () => void;
  /** A description or candidates from the peer, opened and verified to be by its leaf. */
  readonly receive: (body: SignalBody) => void;
  /** False when the channel is not open. */
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  /** Replaces what is sent; `undefined` sends nothing. No renegotiation. */
  readonly setTrack: (stream: LinkStream, track: MediaHandle | undefined) => void;
  /** How large the peer shows our camera, in device pixels; 0×0 stops it. No renegotiation. */
  readonly setPeerView: (view: { readonly width: number; readonly height: number }) => void;
  readonly restartIce: () => void;
  /** 0…1, of the last half second of what the peer's microphone plays; 0 when silent. From decoded sound, not from headers. */
  readonly audioLevel: () => number;
  readonly stats: () => Promise<LinkStats>;
  readonly close: () => void;
};

export type LinkStats = {
  readonly path: LinkPath | undefined;
  readonly roundTripMs: number | undefined;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly videoCodec: string | undefined;
};

export type LinkOptions = {
  /** Names this link to the crypto worker's transforms, unique in the session. */
  readonly linkId: string;
  /** SPEC NEG-1: the polite side yields on glare. */
  readonly polite: boolean;
  /** SHA-256 of the peer's DTLS certificate, from its leaf: SPEC NEG-3. */
  readonly peerFingerprint: Uint8Array<ArrayBuffer>;
  readonly iceServers: TokenAnswer["iceServers"];
  readonly iceTransportPolicy: TokenAnswer["iceTransportPolicy"];
  readonly preferAv1: boolean;
  readonly tracks: Readonly<Partial<Record<LinkStream, MediaHandle>>>;
  readonly onEvent: (event: LinkEvent) => void;
};

/** The browser's WebRTC, for one session: one ECDSA certificate serves every link. */
export type PeerLinks = {
  /** SHA-256 of the session's DTLS certificate (32 bytes). */
  readonly fingerprint: Uint8Array<ArrayBuffer>;
  readonly open: (options: LinkOptions) => PeerLink;
};
