import { type Cast, castCodec } from "../../protocol/cast.ts";
import type { Epoch, MemberId } from "../../protocol/ids.ts";
import type { SignalBody } from "../../protocol/signal.ts";
import type { GroupChange, GroupMember, GroupView } from "./call-crypto.ts";
import { createEarlySignals } from "./early-signals.ts";
import {
  createMeshPeer,
  isSameLeaf,
  type MeshPeer,
  type MeshPeerEvent,
  type MeshPeerPorts,
  type PeerLook,
} from "./mesh-peer.ts";
import type { LinkStats, LinkStream, MediaHandle } from "./peer-link.ts";
import type { CodeMessage } from "./verification.ts";

/** Twice the time between proofs of life: SPEC PAIR-4. */
const HEARD_MS = 6_000;

export type MeshEvent =
  | Extract<MeshPeerEvent, { readonly type: "changed" | "failure" }>
  /** The member is in the same epoch of the same group as we are. */
  | { readonly type: "confirmed"; readonly memberId: MemberId }
  /** Nothing authenticated came from a member for ten seconds. */
  | { readonly type: "silent"; readonly memberId: MemberId }
  | {
      readonly type: "missing";
      readonly memberId: MemberId;
      readonly from: number;
      readonly to: number;
    }
  | { readonly type: "cast-again"; readonly memberId: MemberId; readonly cast: Cast }
  | { readonly type: "code"; readonly memberId: MemberId; readonly message: CodeMessage };

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
  /** `from` is the room's word; whose signal it is, is in the seal. */
  readonly receive: (from: MemberId, signal: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly setTrack: (stream: LinkStream, track: MediaHandle | undefined) => void;
  /** False stops media both ways on every link: the group is not confirmed. */
  readonly allowMedia: (allowed: boolean) => Promise<void>;
  readonly setView: (
    memberId: MemberId,
    view: { readonly width: number; readonly height: number },
  ) => void;
  readonly askMissing: (memberId: MemberId, from: number, to: number) => Promise<void>;
  readonly sayCast: (memberId: MemberId, cast: Cast) => Promise<void>;
  readonly sayCode: (memberId: MemberId, message: CodeMessage) => Promise<void>;
  readonly look: (memberId: MemberId) => PeerLook | undefined;
  readonly level: (memberId: MemberId) => number;
  /** Time since anything authenticated came from the member, milliseconds. */
  readonly quietMs: (memberId: MemberId) => number;
  readonly stats: (memberId: MemberId) => Promise<LinkStats | undefined>;
  /** Most of those who are heard say that they are in an epoch which the room has not led us to. */
  readonly isBehind: () => boolean;
  /** Every second: proofs of life, who is silent, and what is to be tried again. */
  readonly tick: () => Promise<void>;
  /** The socket is back: links that are not connected begin again. */
  readonly revive: () => void;
  readonly close: () => void;
};

export type MeshPorts = Omit<
  MeshPeerPorts,
  "nextLinkId" | "tracks" | "isMediaAllowed" | "send" | "onEvent"
> & {
  readonly tracks: Partial<Record<LinkStream, MediaHandle>>;
  readonly sendSignal: (
    to: MemberId,
    signal: Uint8Array<ArrayBuffer>,
    commitHash?: Uint8Array<ArrayBuffer>,
  ) => void;
  readonly onEvent: (event: MeshEvent) => Promise<void> | void;
};

export function createMesh(ports: MeshPorts): Mesh {
  const { selfId, crypto, onEvent } = ports;
  const peers = new Map<MemberId, MeshPeer>();
  /** What links said before our join was certain; sealed again if the join must be made again. */
  const held = new Map<MeshPeer, SignalBody[]>();
  const early = createEarlySignals();
  const tracks = { ...ports.tracks };
  let epoch: Epoch | undefined;
  let isMediaAllowed = true;
  let launchedHash: Uint8Array<ArrayBuffer> | undefined;
  let linkCount = 0;

  function open(member: GroupMember): MeshPeer {
    const peer = createMeshPeer(member, {
      ...ports,
      nextLinkId: (memberId) => {
        linkCount += 1;
        return `${memberId}.${linkCount}`;
      },
      tracks: () => tracks,
      isMediaAllowed: () => isMediaAllowed,
      send,
      onEvent: hear,
    });
    peers.set(member.memberId, peer);
    return peer;
  }

  function drop(peer: MeshPeer): void {
    peers.delete(peer.member.memberId);
    held.delete(peer);
    peer.close();
  }

  async function send(peer: MeshPeer, body: SignalBody): Promise<void> {
    if (peers.get(peer.member.memberId) !== peer) return;
    if (epoch === undefined) {
      held.set(peer, [...(held.get(peer) ?? []), body]);
      if (launchedHash === undefined) return;
    }
    await seal(peer, body);
  }

  async function seal(peer: MeshPeer, body: SignalBody): Promise<void> {
    const { leaf: toLeaf, memberId } = peer.member;
    const signal = await crypto.sealSignal({ toLeaf, body, pending: epoch === undefined });
    ports.sendSignal(memberId, signal, launchedHash);
  }

  async function hear(peer: MeshPeer, event: MeshPeerEvent): Promise<void> {
    const { memberId } = peer.member;
    switch (event.type) {
      case "changed":
      case "failure":
        return onEvent(event);
      case "confirmed":
        return onEvent({ type: "confirmed", memberId });
      case "missing":
        return onEvent({ type: "missing", memberId, from: event.from, to: event.to });
      case "code":
        return onEvent({ type: "code", memberId, message: event.message });
      case "cast": {
        const cast = castCodec.decode(event.cast);
        if (cast.ok) await onEvent({ type: "cast-again", memberId, cast: cast.value });
      }
    }
  }

  const others = (view: GroupView): ReadonlyMap<MemberId, GroupMember> =>
    new Map(
      view.members.flatMap((member) =>
        member.memberId === selfId ? [] : [[member.memberId, member] as const],
      ),
    );

  async function newEpoch(): Promise<void> {
    const statement = await crypto.statement();
    ({ epoch } = statement);
    for (const peer of peers.values()) await peer.epochChanged(statement);
    for (const { from, signal } of early.takeAll()) await receive(from, signal);
  }

  async function receive(from: MemberId, signal: Uint8Array<ArrayBuffer>): Promise<void> {
    const opened = await crypto.openSignal(signal);
    if (opened.ok) return peers.get(opened.value.from)?.receive(opened.value.body);
    if (opened.error.code === "signal-epoch-unknown") early.keep({ from, signal }, epoch);
  }

  return {
    prepare: (view) => {
      const wanted = others(view);
      for (const peer of peers.values()) {
        const member = wanted.get(peer.member.memberId);
        // Another leaf is another link: its transforms and channel are named by the leaf.
        if (member === undefined || !isSameLeaf(member, peer.member)) drop(peer);
      }
      for (const member of wanted.values()) {
        if (!peers.has(member.memberId)) open(member).offer();
      }
    },
    launch: async (commitHash) => {
      launchedHash = commitHash;
      for (const [peer, bodies] of held) {
        for (const body of bodies) await seal(peer, body);
      }
    },
    recall: () => {
      launchedHash = undefined;
    },
    enter: async () => {
      launchedHash = undefined;
      held.clear();
      for (const peer of peers.values()) await peer.refreshMedia();
      await newEpoch();
    },
    apply: async (change, view) => {
      const staying = others(view);
      for (const peer of peers.values()) {
        const member = staying.get(peer.member.memberId);
        const isReplaced = change.removed.includes(peer.member.leaf);
        if (member === undefined || isReplaced || !isSameLeaf(member, peer.member)) drop(peer);
      }
      for (const member of staying.values()) {
        // Who joined or came back offers (SPEC NEG-2); this side waits.
        if (!peers.has(member.memberId)) await open(member).refreshMedia();
      }
      await newEpoch();
    },
    receive,
    setTrack: (stream, track) => {
      if (tracks[stream] === track) return;
      if (track === undefined) delete tracks[stream];
      else tracks[stream] = track;
      for (const peer of peers.values()) peer.setTrack(stream, track);
    },
    allowMedia: async (allowed) => {
      isMediaAllowed = allowed;
      for (const peer of peers.values()) await peer.refreshMedia();
    },
    setView: (memberId, view) => peers.get(memberId)?.setView(view),
    askMissing: async (memberId, from, to) =>
      peers.get(memberId)?.say({ type: "missing", from, to }),
    sayCast: async (memberId, cast) =>
      peers.get(memberId)?.say({ type: "cast", cast: castCodec.encode(cast) }),
    sayCode: async (memberId, message) => peers.get(memberId)?.say(message),
    look: (memberId) => peers.get(memberId)?.look(),
    level: (memberId) => peers.get(memberId)?.level() ?? 0,
    quietMs: (memberId) => peers.get(memberId)?.quietMs() ?? 0,
    stats: async (memberId) => peers.get(memberId)?.stats(),
    isBehind: () => {
      // Who was removed without our knowing says nothing any more; one alone could make it up.
      const heard = [...peers.values()].filter((peer) => peer.quietMs() < HEARD_MS);
      return heard.filter((peer) => peer.isAhead()).length * 2 > heard.length;
    },
    tick: async () => {
      if (epoch === undefined) return;
      for (const peer of peers.values()) {
        await peer.tick();
        if (peer.isSilent()) await onEvent({ type: "silent", memberId: peer.member.memberId });
      }
    },
    revive: () => {
      for (const peer of peers.values()) peer.revive();
    },
    close: () => {
      for (const peer of peers.values()) drop(peer);
    },
  };
}
