import { type Cast, castCodec } from "../../protocol/cast.ts";
import type { TokenAnswer } from "../../protocol/http.ts";
import type { LeafIndex, MemberId } from "../../protocol/ids.ts";
import type { SignalBody } from "../../protocol/signal.ts";
import type { PersonLink } from "./call-state.ts";
import type { CallCrypto, GroupChange, GroupMember, GroupView } from "./call-crypto.ts";
import type { Clock } from "./clock.ts";
import { createPairChannel, type PairChannel, type PairEvent } from "./pair-channel.ts";
import {
  type LinkEvent,
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
/** Signals sealed by an epoch ahead of ours, kept until its commit arrives: SPEC SIGNAL-4. */
const EARLY_SIGNALS = 32;

export type MeshEvent =
  | { readonly type: "changed" }
  | {
      readonly type: "failure";
      readonly code:
        | "plaintext-stopped"
        | "fingerprint-mismatch"
        | "group-forked"
        | "transform-unavailable";
    }
  /** Nothing authenticated came from a member for ten seconds. */
  | { readonly type: "silent"; readonly memberId: MemberId }
  | {
      readonly type: "missing";
      readonly memberId: MemberId;
      readonly from: number;
      readonly to: number;
    }
  | { readonly type: "cast-again"; readonly memberId: MemberId; readonly cast: Cast };

/** What the mesh knows of one other member. */
export type MeshPeer = {
  readonly link: PersonLink;
  readonly path: LinkPath | undefined;
  readonly video: MediaHandle | undefined;
  readonly audio: MediaHandle | undefined;
  readonly confirmed: boolean;
};

type Peer = {
  readonly member: GroupMember;
  readonly linkId: string;
  readonly link: PeerLink;
  readonly channel: PairChannel;
  readonly sinceMs: number;
  state: "connecting" | "connected" | "reconnecting" | "failed";
  path: LinkPath | undefined;
  /** What the link said before our join was certain; sealed again if the join must be made again. */
  readonly held: SignalBody[];
  readonly media: Partial<Record<LinkStream, MediaHandle>>;
};

/** One link and one pair channel to every other leaf of the group. All methods are called in the order of the call's queue. */
export type Mesh = {
  /** Opens links and makes offers for a join that is prepared, and holds what they say. */
  readonly prepare: (view: GroupView) => void;
  /** The join was sent: what was held travels right behind it. */
  readonly launch: (commitHash: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The join lost: links stay, and what they said is held on. */
  readonly recall: () => void;
  readonly enter: () => Promise<void>;
  readonly apply: (change: GroupChange, view: GroupView) => Promise<void>;
  readonly receive: (signal: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly setTrack: (stream: LinkStream, track: MediaHandle | undefined) => void;
  /** False stops media both ways on every link: the group is not confirmed. */
  readonly allowMedia: (allowed: boolean) => Promise<void>;
  readonly setView: (
    memberId: MemberId,
    view: { readonly width: number; readonly height: number },
  ) => void;
  readonly askMissing: (memberId: MemberId, from: number, to: number) => void;
  readonly sayCast: (memberId: MemberId, cast: Cast) => void;
  readonly peer: (memberId: MemberId) => MeshPeer | undefined;
  readonly level: (memberId: MemberId) => number;
  /** Time since anything authenticated came from the member, milliseconds. */
  readonly quietMs: (memberId: MemberId) => number;
  readonly stats: (memberId: MemberId) => Promise<LinkStats | undefined>;
  /** Every second: proofs of life, and who is silent. */
  readonly tick: () => void;
  /** The socket is back: links that are not connected begin again. */
  readonly revive: () => void;
  readonly close: () => void;
};

export function createMesh(ports: {
  readonly selfId: MemberId;
  readonly crypto: CallCrypto;
  readonly links: PeerLinks;
  readonly clock: Clock;
  readonly ice: Pick<TokenAnswer, "iceServers" | "iceTransportPolicy">;
  readonly preferAv1: boolean;
  readonly tracks: Partial<Record<LinkStream, MediaHandle>>;
  readonly sendSignal: (
    to: MemberId,
    signal: Uint8Array<ArrayBuffer>,
    commitHash?: Uint8Array<ArrayBuffer>,
  ) => void;
  /** Puts a step into the call's order. */
  readonly run: (task: () => Promise<void> | void) => void;
  readonly onEvent: (event: MeshEvent) => void;
}): Mesh {
  const { selfId, crypto, clock, onEvent, run } = ports;
  const peers = new Map<MemberId, Peer>();
  const early: Uint8Array<ArrayBuffer>[] = [];
  const tracks = { ...ports.tracks };
  let entered = false;
  let mediaAllowed = true;
  let launchedHash: Uint8Array<ArrayBuffer> | undefined;
  let linkCount = 0;

  const isCurrent = (peer: Peer): boolean => peers.get(peer.member.memberId) === peer;
  const changed = (): void => onEvent({ type: "changed" });

  function open(member: GroupMember): Peer {
    linkCount += 1;
    const linkId = `${member.memberId}.${linkCount}`;
    // Events may come while `open` still runs; the queue puts them behind it.
    const later = (event: LinkEvent): void =>
      run(() => (isCurrent(peer) ? hearLink(peer, event) : undefined));
    const link = ports.links.open({
      linkId,
      // SPEC NEG-1: both compare the same two ids, so exactly one yields on glare.
      polite: selfId < member.memberId,
      peerFingerprint: member.dtlsFingerprint,
      ...ports.ice,
      preferAv1: ports.preferAv1,
      tracks: mediaAllowed ? tracks : {},
      onEvent: later,
    });
    const peer: Peer = {
      member,
      linkId,
      link,
      channel: createPairChannel({
        crypto,
        clock,
        peerLeaf: member.leaf,
        sendDirect: (bytes) => link.send(bytes),
        sendThroughRoom: (pair) => sendBody(peer, { type: "pair", pair }),
        onEvent: (event) => (isCurrent(peer) ? hearPair(peer, event) : undefined),
      }),
      sinceMs: clock.nowMs(),
      state: "connecting",
      path: undefined,
      held: [],
      media: {},
    };
    peers.set(member.memberId, peer);
    return peer;
  }

  function drop(peer: Peer): void {
    if (isCurrent(peer)) peers.delete(peer.member.memberId);
    peer.link.close();
    void crypto.bindLink({ linkId: peer.linkId, peerLeaf: undefined });
  }

  async function sendBody(peer: Peer, body: SignalBody): Promise<void> {
    const pending = !entered;
    const signal = await crypto.sealSignal({ toLeaf: peer.member.leaf, body, pending });
    ports.sendSignal(peer.member.memberId, signal, pending ? launchedHash : undefined);
  }

  const bind = (peer: Peer): Promise<void> =>
    crypto.bindLink({
      linkId: peer.linkId,
      peerLeaf: mediaAllowed && !peer.channel.forked() ? peer.member.leaf : undefined,
    });

  async function hearLink(peer: Peer, event: LinkEvent): Promise<void> {
    switch (event.type) {
      case "signal":
        if (!entered) peer.held.push(event.body);
        if (entered || launchedHash !== undefined) await sendBody(peer, event.body);
        return;
      case "connected":
        peer.state = "connected";
        peer.path = event.path;
        return changed();
      case "interrupted":
        peer.state = "reconnecting";
        return changed();
      case "failed":
        peer.state = "failed";
        if (event.code === "fingerprint-mismatch" || event.code === "transform-unavailable") {
          onEvent({ type: "failure", code: event.code });
        }
        return changed();
      case "channel-open":
        return peer.channel.opened();
      case "channel-closed":
        return peer.channel.closed();
      case "channel-message":
        return peer.channel.receiveDirect(event.bytes);
      case "stream":
        peer.media[event.stream] = event.media;
        return changed();
      case "playing":
        return changed();
      case "plaintext-stopped":
        return onEvent({ type: "failure", code: "plaintext-stopped" });
    }
  }

  async function hearPair(peer: Peer, event: PairEvent): Promise<void> {
    const { memberId } = peer.member;
    switch (event.type) {
      case "confirmed":
        return changed();
      case "forked":
        // Media stops towards that side, both ways, before anything is said of it.
        for (const stream of LINK_STREAMS) peer.link.setTrack(stream, undefined);
        await bind(peer);
        onEvent({ type: "failure", code: "group-forked" });
        return changed();
      case "impostor":
        peer.state = "failed";
        peer.link.close();
        onEvent({ type: "failure", code: "fingerprint-mismatch" });
        return changed();
      case "view":
        if (event.stream === "camera") peer.link.setPeerView(event);
        return;
      case "missing":
        return onEvent({ type: "missing", memberId, from: event.from, to: event.to });
      case "cast": {
        const cast = castCodec.decode(event.cast);
        if (cast.ok) onEvent({ type: "cast-again", memberId, cast: cast.value });
      }
    }
  }

  const others = (view: GroupView): readonly GroupMember[] =>
    view.members.filter((member) => member.memberId !== selfId);

  async function newEpoch(): Promise<void> {
    const statement = await crypto.statement();
    for (const peer of peers.values()) await peer.channel.epochChanged(statement);
    for (const signal of early.splice(0)) await receive(signal);
  }

  async function receive(signal: Uint8Array<ArrayBuffer>): Promise<void> {
    const opened = await crypto.openSignal(signal);
    if (!opened.ok) {
      if (opened.error.code === "signal-epoch-unknown" && early.length < EARLY_SIGNALS)
        early.push(signal);
      return;
    }
    const peer = peers.get(opened.value.from);
    if (peer === undefined) return;
    const { body } = opened.value;
    peer.channel.heard();
    if (body.type !== "pair") peer.link.receive(body);
    else if (body.pair !== undefined) await peer.channel.receiveThroughRoom(body.pair);
  }

  return {
    prepare: (view) => {
      const wanted = new Map(others(view).map((member) => [member.memberId, member]));
      for (const peer of peers.values()) {
        const member = wanted.get(peer.member.memberId);
        // Another leaf is another link: its transforms and channel are named by the leaf.
        if (
          member === undefined ||
          member.leaf !== peer.member.leaf ||
          !sameLeaf(member, peer.member)
        )
          drop(peer);
      }
      for (const member of wanted.values()) {
        if (!peers.has(member.memberId)) open(member).link.offer();
      }
    },
    launch: async (commitHash) => {
      launchedHash = commitHash;
      for (const peer of peers.values()) {
        for (const body of peer.held) await sendBody(peer, body);
      }
    },
    recall: () => {
      launchedHash = undefined;
    },
    enter: async () => {
      entered = true;
      launchedHash = undefined;
      for (const peer of peers.values()) {
        peer.held.length = 0;
        await bind(peer);
      }
      await newEpoch();
    },
    apply: async (change, view) => {
      const removed = new Set<LeafIndex>(change.removed);
      const staying = new Map(others(view).map((member) => [member.memberId, member]));
      for (const peer of peers.values()) {
        const member = staying.get(peer.member.memberId);
        if (member === undefined || removed.has(peer.member.leaf) || !sameLeaf(member, peer.member))
          drop(peer);
      }
      for (const member of staying.values()) {
        // Who joined or came back offers (SPEC NEG-2); this side waits.
        if (!peers.has(member.memberId)) await bind(open(member));
      }
      await newEpoch();
      changed();
    },
    receive,
    setTrack: (stream, track) => {
      if (track === undefined) delete tracks[stream];
      else tracks[stream] = track;
      if (!mediaAllowed) return;
      for (const peer of peers.values()) {
        if (!peer.channel.forked()) peer.link.setTrack(stream, track);
      }
    },
    allowMedia: async (allowed) => {
      if (mediaAllowed === allowed) return;
      mediaAllowed = allowed;
      for (const peer of peers.values()) {
        for (const stream of LINK_STREAMS) {
          peer.link.setTrack(
            stream,
            allowed && !peer.channel.forked() ? tracks[stream] : undefined,
          );
        }
        await bind(peer);
      }
    },
    setView: (memberId, view) => peers.get(memberId)?.channel.setView("camera", view),
    askMissing: (memberId, from, to) =>
      peers.get(memberId)?.channel.say({ type: "missing", from, to }),
    sayCast: (memberId, cast) =>
      peers.get(memberId)?.channel.say({ type: "cast", cast: castCodec.encode(cast) }),
    peer: (memberId) => {
      const peer = peers.get(memberId);
      if (peer === undefined) return undefined;
      const confirmed = peer.channel.confirmedEpoch() !== undefined;
      const waitedMs = clock.nowMs() - peer.sinceMs;
      return {
        link: linkOf(peer, confirmed, waitedMs),
        path: peer.path,
        video: peer.media.camera,
        audio: peer.media.microphone,
        confirmed,
      };
    },
    level: (memberId) => peers.get(memberId)?.link.audioLevel() ?? 0,
    quietMs: (memberId) => peers.get(memberId)?.channel.quietMs() ?? 0,
    stats: async (memberId) => peers.get(memberId)?.link.stats(),
    tick: () => {
      if (!entered) return;
      for (const peer of peers.values()) {
        peer.channel.tick();
        if (peer.channel.isSilent()) onEvent({ type: "silent", memberId: peer.member.memberId });
      }
    },
    revive: () => {
      for (const peer of peers.values()) {
        if (peer.state !== "connected") peer.link.restartIce();
      }
    },
    close: () => {
      for (const peer of peers.values()) drop(peer);
      early.length = 0;
    },
  };

  function linkOf(peer: Peer, confirmed: boolean, waitedMs: number): PersonLink {
    if (peer.channel.forked()) return "forked";
    if (!confirmed && waitedMs >= CONFIRM_MS) return "not-reached";
    return peer.state;
  }
}

/** True when both are the same leaf of the same browser session: same device, same certificate. */
function sameLeaf(left: GroupMember, right: GroupMember): boolean {
  return (
    left.leaf === right.leaf &&
    left.identityKey === right.identityKey &&
    left.dtlsFingerprint.every((byte, index) => byte === right.dtlsFingerprint[index])
  );
}
