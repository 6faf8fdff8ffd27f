import { equalBytes } from "../../protocol/bytes.ts";
import type { SignalBody } from "../../protocol/signal.ts";
import type { Clock } from "../core/clock.ts";
import type { FrameTransforms } from "../core/frame-transforms.ts";
import { readCandidate } from "../core/negotiation/candidate-lines.ts";
import { createIceRecovery } from "../core/negotiation/ice-recovery.ts";
import {
  negotiate,
  type NegotiationEffect,
  type NegotiationEvent,
  newNegotiation,
} from "../core/negotiation/perfect-negotiation.ts";
import { readRemoteDescription } from "../core/negotiation/remote-description.ts";
import { withoutOldCandidates } from "../core/negotiation/restart-candidates.ts";
import { type DtlsRole, otherRole, statedRole, withRole } from "../core/negotiation/sdp-setup.ts";
import { trimSdp, type VideoCodec } from "../core/negotiation/sdp-trim.ts";
import type { LinkEvent, LinkFailureCode, LinkOptions, PeerLink } from "../core/peer-link.ts";
import { watchAudioLevel } from "./audio-level.ts";
import { watchFirstFrame } from "./first-frame.ts";
import { createCandidateBatches } from "./link-candidates.ts";
import { createLinkMedia } from "./link-media.ts";
import { pathOf, readLinkStats } from "./link-stats.ts";
import { watchForPlaintext } from "./plaintext-watch.ts";

/** What all links of a session share. */
export type LinkSession = {
  readonly certificate: RTCCertificate;
  readonly transforms: FrameTransforms;
  readonly clock: Clock;
  readonly videoCodecs: readonly VideoCodec[];
};

/** Chromium sends nothing at all until a transform is set; the other browsers don't know the member. */
type Configuration = RTCConfiguration & { readonly encodedInsertableStreams: boolean };

/** Wires one RTCPeerConnection to the pure machines of `core/negotiation`. See `PeerLink`. */
export function openPeerLink(session: LinkSession, options: LinkOptions): PeerLink {
  const { clock, transforms } = session;
  const videoCodecs: readonly VideoCodec[] = options.preferAv1
    ? ["AV1", ...session.videoCodecs.filter((codec) => codec !== "AV1")]
    : session.videoCodecs;
  const configuration: Configuration = {
    certificates: [session.certificate],
    iceServers: options.iceServers.map(iceServer),
    iceTransportPolicy: options.iceTransportPolicy,
    bundlePolicy: "max-bundle",
    rtcpMuxPolicy: "require",
    encodedInsertableStreams: true,
  };
  const connection = new RTCPeerConnection(configuration);
  const lifetime = new AbortController();
  const { signal } = lifetime;
  let isClosed = false;
  let machine = newNegotiation(options.polite);
  /** Not set before its answer is there. */
  let restartOffer: RTCSessionDescriptionInit | undefined;
  let dtlsRole: DtlsRole | undefined;

  const emit = (event: LinkEvent): void => {
    if (!isClosed) options.onEvent(event);
  };
  const media = createLinkMedia(connection, { ...options, transforms, videoCodecs });
  const channel = connection.createDataChannel("sotto", { negotiated: true, id: 0 });
  channel.binaryType = "arraybuffer";
  const candidates = createCandidateBatches(clock, (batch) =>
    emitSignal({ type: "candidates", candidates: batch }),
  );
  const recovery = createIceRecovery(clock, {
    connected: () => void connected().catch(() => {}),
    interrupted: () => emit({ type: "interrupted" }),
    restart: () => step({ type: "offer" }),
    resend: () => step({ type: "resend" }),
    gaveUp: () => failed("ice-failed"),
  });
  const level = watchAudioLevel(clock, () => media.transceiver("microphone")?.receiver);
  const stopWatching = watchForPlaintext({
    linkId: options.linkId,
    clock,
    transforms,
    sender: (stream) => media.transceiver(stream)?.sender,
    onExcess: (stream) => {
      media.stop(stream);
      emit({ type: "plaintext-stopped", stream });
    },
  });

  const emitSignal = (body: SignalBody): void => emit({ type: "signal", body });
  const emitDescription = (): void => {
    const local = restartOffer ?? connection.localDescription;
    if (local === null || (local.type !== "offer" && local.type !== "answer")) return;
    emitSignal({
      type: "description",
      descriptionType: local.type,
      sdp: withRole(trimSdp(local.sdp ?? "", videoCodecs), dtlsRole),
    });
  };
  const step = (event: NegotiationEvent): void => {
    if (isClosed) return;
    const next = negotiate(machine, event);
    machine = next.state;
    next.effects.forEach(run);
  };
  const run = (effect: NegotiationEffect): void => {
    if (effect.type === "send-again") emitDescription();
    else if (effect.type === "add-candidates") {
      for (const candidate of effect.candidates) {
        // One that is foreign or late is worth nothing and costs nothing.
        connection.addIceCandidate(candidate).catch(() => {});
      }
    } else {
      describe(effect).then(
        (code) => (code === undefined ? step({ type: "done" }) : failed(code)),
        () => failed("description-malformed"),
      );
    }
  };
  const describe = async (
    effect: Exclude<NegotiationEffect, { type: "send-again" | "add-candidates" }>,
  ): Promise<LinkFailureCode | undefined> => {
    if (effect.type === "make-offer") {
      const offer = await connection.createOffer({ iceRestart: effect.isRestart });
      // Set now, Chromium would pair its new ports with the peer's old ones, where Firefox goes on
      // answering checks; it then prefers a pair that leads nowhere, and the call falls silent.
      if (effect.isRestart) restartOffer = offer;
      else await connection.setLocalDescription(offer);
      recovery.offered();
      emitDescription();
      return undefined;
    }
    const remote = readRemoteDescription(effect.sdp, {
      fingerprint: options.peerFingerprint,
      videoCodecs,
    });
    if (!remote.ok) return remote.error.code;
    const type = effect.type === "take-offer" ? "offer" : "answer";
    const ownOffer = type === "answer" ? restartOffer : undefined;
    restartOffer = undefined;
    const sdp = machine.described ? withoutOldCandidates(remote.value) : remote.value;
    await Promise.all([
      // Not awaited alone: ports that Chromium opened meanwhile would be paired with the peer's old ones.
      ownOffer === undefined ? undefined : connection.setLocalDescription(ownOffer),
      connection.setRemoteDescription({ type, sdp }),
    ]);
    recovery.described();
    if (type === "answer") dtlsRole = otherRole(statedRole(remote.value));
    else {
      await connection.setLocalDescription();
      dtlsRole = statedRole(connection.localDescription?.sdp ?? "");
      emitDescription();
    }
    recovery.answered();
    media.refresh();
    return undefined;
  };

  const connected = async (): Promise<void> => {
    if (!(await isPeersCertificate(connection, options.peerFingerprint)))
      return failed("fingerprint-mismatch");
    // A pair found from the other side's checks may not say what it came from; where only relays may be used, it did.
    const path =
      options.iceTransportPolicy === "relay" ? "relayed" : pathOf(await connection.getStats());
    emit({ type: "connected", path: path ?? "direct" });
  };
  const failed = (code: LinkFailureCode): void => {
    emit({ type: "failed", code });
    close();
  };
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    lifetime.abort();
    recovery.close();
    candidates.close();
    level.close();
    stopWatching();
    connection.close();
  };

  connection.addEventListener(
    "icecandidate",
    ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "") candidates.add(candidate);
    },
    { signal },
  );
  connection.addEventListener(
    "connectionstatechange",
    () => recovery.changed(connection.connectionState),
    { signal },
  );
  connection.addEventListener(
    "track",
    ({ transceiver, track }) => {
      const stream = media.adopt(transceiver);
      emit({ type: "stream", stream, media: new MediaStream([track]) });
      watchFirstFrame({
        clock,
        receiver: transceiver.receiver,
        signal,
        onFrame: () => emit({ type: "playing", stream }),
      });
    },
    { signal },
  );
  channel.addEventListener("open", () => emit({ type: "channel-open" }), { signal });
  channel.addEventListener("close", () => emit({ type: "channel-closed" }), { signal });
  channel.addEventListener(
    "message",
    ({ data }) => {
      // Text is nothing a pair message can be; the owner judges bytes.
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array();
      emit({ type: "channel-message", bytes });
    },
    { signal },
  );
  addEventListener("online", recovery.networkChanged, { signal });

  return {
    offer: () => {
      media.add();
      step({ type: "offer" });
    },
    receive: (body) => {
      if (body.type === "candidates") {
        const read = (body.candidates ?? []).flatMap((line) => readCandidate(line) ?? []);
        step({ type: "remote-candidates", candidates: read });
      } else if (body.type === "description" && body.sdp !== undefined) {
        if (body.descriptionType === "offer") step({ type: "remote-offer", sdp: body.sdp });
        if (body.descriptionType === "answer") step({ type: "remote-answer", sdp: body.sdp });
      }
    },
    send: (bytes) => {
      if (channel.readyState !== "open") return false;
      channel.send(bytes);
      return true;
    },
    setTrack: media.setTrack,
    setPeerView: media.setPeerView,
    restartIce: () => step({ type: machine.described ? "offer" : "resend" }),
    audioLevel: level.now,
    stats: async () => readLinkStats(await connection.getStats()),
    close,
  };
}

const iceServer = ({
  urls,
  username,
  credential,
}: LinkOptions["iceServers"][number]): RTCIceServer => ({
  urls,
  ...(username === undefined ? {} : { username }),
  ...(credential === undefined ? {} : { credential }),
});

/** True where the browser can't tell: the description was checked before it was set. */
async function isPeersCertificate(
  connection: RTCPeerConnection,
  fingerprint: Uint8Array,
): Promise<boolean> {
  const transport = connection.sctp?.transport;
  if (transport === undefined || !("getRemoteCertificates" in transport)) return true;
  const [certificate] = transport.getRemoteCertificates();
  if (certificate === undefined) return true;
  const digest = await crypto.subtle.digest("SHA-256", certificate);
  return equalBytes(new Uint8Array(digest), fingerprint);
}
