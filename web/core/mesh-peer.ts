import { equalBytes } from "../../protocol/bytes.ts";
import type { MemberId } from "../../protocol/ids.ts";
import type { PairMessage } from "../../protocol/pair.ts";
import type { SignalBody } from "../../protocol/signal.ts";
import { createBackoff } from "./backoff.ts";
import type { CallCrypto, EpochStatement, GroupMember } from "./call-crypto.ts";
import type { PersonLink } from "./call-state.ts";
import type { Clock } from "./clock.ts";
import { createPairChannel, type PairEvent } from "./pair-channel.ts";
import {
  type LinkEvent,
  type LinkOptions,
  type LinkPath,
  type LinkStats,
  LINK_STREAMS,
  type LinkStream,
  type MediaHandle,
  type PeerLink,
  type PeerLinks,
} from "./peer-link.ts";

/** A peer that has confirmed nothing for this long after it was seen first is shown as not reached. */
const CONFIRM_MS = 10_000;
/** An offer without an answer is said again after this long, later half as often each time. */
const FIRST_RESEND_MS = 3_000;
const LAST_RESEND_MS = 12_000;

export type MeshPeerEvent =
  | { readonly type: "changed" }
  | {
      readonly type: "failure";
      readonly code:
        | "plaintext-stopped"
        | "fingerprint-mismatch"
        | "group-forked"
        | "transform-unavailable";
    }
  | Extract<PairEvent, { readonly type: "confirmed" | "missing" | "cast" | "code" }>;

/** One other leaf of the group: the channel to it, and a link, which is made anew when it has failed. */
export type MeshPeer = {
  readonly member: GroupMember;
  /** Makes the first offer; else the other side does (SPEC NEG-2). */
  readonly offer: () => void;
  readonly receive: (body: SignalBody) => Promise<void>;
  readonly epochChanged: (statement: EpochStatement) => Promise<void>;
  readonly say: (message: PairMessage) => Promise<void>;
  readonly setView: (view: { readonly width: number; readonly height: number }) => void;
  readonly setTrack: (stream: LinkStream, track: MediaHandle | undefined) => void;
  /** What may flow has changed: tracks and transforms follow. */
  readonly refreshMedia: () => Promise<void>;
  readonly tick: () => Promise<void>;
  /** The socket is back: what was being negotiated may have been lost. */
  readonly revive: () => void;
  readonly isSilent: () => boolean;
  readonly isAhead: () => boolean;
  readonly quietMs: () => number;
  readonly level: () => number;
  readonly stats: () => Promise<LinkStats>;
  readonly look: () => PeerLook;
  readonly close: () => void;
};

/** What there is to show of a peer. */
export type PeerLook = {
  readonly link: PersonLink;
  readonly path: LinkPath | undefined;
  readonly video: MediaHandle | undefined;
  readonly audio: MediaHandle | undefined;
};

export type MeshPeerPorts = {
  readonly selfId: MemberId;
  readonly crypto: CallCrypto;
  readonly links: PeerLinks;
  readonly clock: Clock;
  readonly random: () => number;
  readonly ice: () => Pick<LinkOptions, "iceServers" | "iceTransportPolicy">;
  /** Asked as each link is opened. */
  readonly preferAv1: () => boolean;
  /** Unique in the session. */
  readonly nextLinkId: (memberId: MemberId) => string;
  /** What is sent to everybody; nothing while media may not flow. */
  readonly tracks: () => Partial<Record<LinkStream, MediaHandle>>;
  readonly isMediaAllowed: () => boolean;
  readonly send: (peer: MeshPeer, body: SignalBody) => Promise<void>;
  /** Puts a step into the call's order. */
  readonly run: (task: () => Promise<void> | void) => void;
  readonly onEvent: (peer: MeshPeer, event: MeshPeerEvent) => Promise<void> | void;
};

export function createMeshPeer(member: GroupMember, ports: MeshPeerPorts): MeshPeer {
  const { selfId, crypto, clock, run } = ports;
  const sinceMs = clock.nowMs();
  const reopening = createBackoff({ firstMs: 4_000, mostMs: 30_000, random: ports.random });
  let isClosed = false;
  /** Which connection between the two leaves this is: a higher number replaces a lower. */
  let connection = 1;
  let state: "connecting" | "connected" | "reconnecting" | "failed" = "connecting";
  let path: LinkPath | undefined;
  let media: Partial<Record<LinkStream, MediaHandle>> = {};
  /** When an offer that nothing answered yet is said again. */
  let resend: { readonly atMs: number; readonly waitMs: number } | undefined;
  let reopenAtMs: number | undefined;

  const channel = createPairChannel({
    crypto,
    clock,
    peerLeaf: member.leaf,
    sendDirect: (bytes) => link.send(bytes),
    sendThroughRoom: (pair) => ports.send(peer, { type: "pair", pair }),
    onEvent: hearPair,
  });
  let linkId = ports.nextLinkId(member.memberId);
  let link = open();

  function open(): PeerLink {
    const id = linkId;
    return ports.links.open({
      linkId,
      // SPEC NEG-1: both compare the same two ids, so exactly one yields on glare.
      polite: selfId < member.memberId,
      peerFingerprint: member.dtlsFingerprint,
      ...ports.ice(),
      preferAv1: ports.preferAv1(),
      tracks: isFlowing() ? ports.tracks() : {},
      // Events may come while `open` still runs, and after another link took its place.
      onEvent: (event) => run(() => (isClosed || id !== linkId ? undefined : hearLink(event))),
    });
  }

  function isFlowing(): boolean {
    return ports.isMediaAllowed() && !channel.isForked();
  }

  const bind = (): Promise<void> =>
    crypto.bindLink({ linkId, peerLeaf: isFlowing() ? member.leaf : undefined });

  function shut(): void {
    const closedId = linkId;
    link.close();
    channel.closed();
    run(() => crypto.bindLink({ linkId: closedId, peerLeaf: undefined }));
  }

  async function reopen(number: number): Promise<void> {
    shut();
    connection = number;
    state = "connecting";
    path = undefined;
    media = {};
    resend = undefined;
    reopenAtMs = undefined;
    linkId = ports.nextLinkId(member.memberId);
    link = open();
    await bind();
  }

  function offer(): void {
    resend = { atMs: clock.nowMs() + FIRST_RESEND_MS, waitMs: FIRST_RESEND_MS };
    link.offer();
  }

  const changed = (): Promise<void> | void => ports.onEvent(peer, { type: "changed" });

  async function hearLink(event: LinkEvent): Promise<void> {
    switch (event.type) {
      case "signal":
        return ports.send(peer, { ...event.body, connection });
      case "connected":
        state = "connected";
        path = event.path;
        reopening.reset();
        return changed();
      case "interrupted":
        if (path !== undefined) state = "reconnecting";
        return changed();
      case "failed":
        state = "failed";
        channel.closed();
        if (event.code === "fingerprint-mismatch" || event.code === "transform-unavailable") {
          await ports.onEvent(peer, { type: "failure", code: event.code });
        } else reopenAtMs = clock.nowMs() + reopening.next();
        return changed();
      case "channel-open":
        return channel.opened();
      case "channel-closed":
        return channel.closed();
      case "channel-message":
        return channel.receiveDirect(event.bytes);
      case "stream":
        media[event.stream] = event.media;
        return changed();
      case "playing":
        return changed();
      case "plaintext-stopped":
        return ports.onEvent(peer, { type: "failure", code: "plaintext-stopped" });
    }
  }

  async function hearPair(event: PairEvent): Promise<void> {
    switch (event.type) {
      case "confirmed":
      case "missing":
      case "cast":
      case "code":
        return ports.onEvent(peer, event);
      case "forked":
        // Media stops towards that side, both ways, before anything is said of it.
        await refreshMedia();
        return ports.onEvent(peer, { type: "failure", code: "group-forked" });
      case "impostor":
        state = "failed";
        shut();
        return ports.onEvent(peer, { type: "failure", code: "fingerprint-mismatch" });
      case "view":
        if (event.stream === "camera") link.setPeerView(event);
    }
  }

  async function refreshMedia(): Promise<void> {
    const tracks = isFlowing() ? ports.tracks() : {};
    for (const stream of LINK_STREAMS) link.setTrack(stream, tracks[stream]);
    await bind();
  }

  async function receive(body: SignalBody): Promise<void> {
    channel.heard();
    if (body.type === "pair") {
      if (body.pair !== undefined) await channel.receiveThroughRoom(body.pair);
      return;
    }
    const number = body.connection ?? 1;
    if (number > connection && body.descriptionType === "offer") await reopen(number);
    if (number !== connection) return;
    if (body.type === "description") resend = undefined;
    link.receive(body);
  }

  function look(): PeerLook {
    const { camera: video, microphone: audio } = media;
    const isNotReached = !channel.isConfirmed() && clock.nowMs() - sinceMs >= CONFIRM_MS;
    const seen = channel.isForked() ? "forked" : isNotReached ? "not-reached" : state;
    return { link: seen, path, video, audio };
  }

  const peer: MeshPeer = {
    member,
    offer,
    receive,
    epochChanged: channel.epochChanged,
    say: channel.say,
    setView: (view) => channel.setView("camera", view),
    setTrack: (stream, track) => {
      if (isFlowing()) link.setTrack(stream, track);
    },
    refreshMedia,
    tick: async () => {
      const nowMs = clock.nowMs();
      if (reopenAtMs !== undefined && nowMs >= reopenAtMs) {
        await reopen(connection + 1);
        offer();
      } else if (resend !== undefined && nowMs >= resend.atMs) {
        const waitMs = Math.min(LAST_RESEND_MS, resend.waitMs * 2);
        resend = { atMs: nowMs + waitMs, waitMs };
        link.restartIce();
      }
      await channel.tick();
    },
    revive: () => {
      if (state === "connecting" || state === "reconnecting") link.restartIce();
    },
    isSilent: channel.isSilent,
    isAhead: channel.isAhead,
    quietMs: channel.quietMs,
    level: () => link.audioLevel(),
    stats: () => link.stats(),
    look,
    close: () => {
      if (isClosed) return;
      isClosed = true;
      shut();
    },
  };
  return peer;
}

/** True when both are the same leaf of the same browser session: same device, same certificate. */
export const isSameLeaf = (left: GroupMember, right: GroupMember): boolean =>
  left.leaf === right.leaf &&
  left.identityKey === right.identityKey &&
  equalBytes(left.dtlsFingerprint, right.dtlsFingerprint);
