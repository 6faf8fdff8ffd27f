import { equalBytes, fromBase64Url, toBase64Url } from "../../protocol/bytes.ts";
import type { Clock } from "../../web/core/clock.ts";
import { createIceRecovery } from "../../web/core/negotiation/ice-recovery.ts";
import {
  negotiate,
  type NegotiationEffect,
  type NegotiationEvent,
  newNegotiation,
} from "../../web/core/negotiation/perfect-negotiation.ts";
import {
  LINK_STREAMS,
  type LinkEvent,
  type LinkFailureCode,
  type LinkOptions,
  type LinkStream,
  type MediaHandle,
  type PeerLink,
  type PeerLinks,
} from "../../web/core/peer-link.ts";

const CONNECT_MS = 40;
const TRAVEL_MS = 10;
/** RFC 7675: consent is lost this long after the path is. */
const CONSENT_MS = 5_000;
/** What browsers give the checks of one ICE generation before they call it failed. */
const CHECKS_MS = 15_000;

/** What stands in for an SDP: who offers, by which certificate, in which ICE generation. */
type Description = {
  readonly link: string;
  readonly fingerprint: string;
  readonly ice: number;
};

/** One page's WebRTC, over paths that a test cuts. */
export type FakePeer = {
  readonly links: PeerLinks;
  /** No packet leaves or reaches this page any more. */
  readonly vanish: () => void;
  readonly return: () => void;
  /** The certificate shown in descriptions from now on is another one. */
  readonly lie: () => void;
  /** Changes what goes over data channels from here. */
  readonly garble: (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) => void;
  /** Links that are not closed. */
  readonly open: () => readonly FakeLink[];
};

export type FakeLink = {
  readonly id: string;
  readonly linkId: string;
  readonly tracks: ReadonlyMap<LinkStream, MediaHandle>;
  readonly peerView: () => { readonly width: number; readonly height: number } | undefined;
  readonly isConnected: () => boolean;
  /** What its microphone plays. */
  level: number;
};

/** The part of a link that the other end's link acts on. */
type End = FakeLink & {
  readonly owner: Reach;
  readonly local: () => Description | undefined;
  readonly remote: () => Description | undefined;
  readonly reached: () => void;
  readonly lost: () => void;
  readonly take: (bytes: Uint8Array<ArrayBuffer>) => void;
};
type Reach = { reachable: boolean };

export type FakeInternet = {
  readonly peer: () => FakePeer;
  /** Whether a path between two pages exists; asked for whenever one is sought. */
  blocked: (left: FakeLink, right: FakeLink) => boolean;
};

/** Connects two links once offer, answer and a candidate of each have crossed, under the real negotiation and recovery. */
export function createFakeInternet(clock: Clock): FakeInternet {
  const ends = new Map<string, End>();
  let linkCount = 0;

  const isPath = (left: End, right: End): boolean =>
    left.owner.reachable && right.owner.reachable && !internet.blocked(left, right);

  /** Looks whether both ends know each other as they are now. */
  function seek(end: End): void {
    const other = ends.get(end.remote()?.link ?? "");
    if (other === undefined || other.remote()?.link !== end.id) return;
    if (other.remote()?.ice !== end.local()?.ice || end.remote()?.ice !== other.local()?.ice)
      return;
    clock.after(CONNECT_MS, () => {
      if (!ends.has(end.id) || !ends.has(other.id) || !isPath(end, other)) return;
      end.reached();
      other.reached();
    });
  }

  function loseConsent(owner: Reach): void {
    for (const end of ends.values()) {
      const other = ends.get(end.remote()?.link ?? "");
      if (other === undefined || (end.owner !== owner && other.owner !== owner)) continue;
      clock.after(CONSENT_MS, () => {
        if (ends.has(end.id) && (!ends.has(other.id) || !isPath(end, other))) end.lost();
      });
    }
  }

  function createPeer(): FakePeer {
    const fingerprint = crypto.getRandomValues(new Uint8Array(32));
    const owner: Reach = { reachable: true };
    let shown = fingerprint;
    let change = (bytes: Uint8Array<ArrayBuffer>) => bytes;
    const own = new Map<string, End>();

    function open(options: LinkOptions): PeerLink {
      linkCount += 1;
      const id = `link-${linkCount}`;
      const tracks = new Map<LinkStream, MediaHandle>();
      for (const stream of LINK_STREAMS) {
        const track = options.tracks[stream];
        if (track !== undefined) tracks.set(stream, track);
      }
      let machine = newNegotiation(options.polite);
      let local: Description | undefined;
      let remote: Description | undefined;
      let kind: "offer" | "answer" = "offer";
      let hasCandidates = false;
      let isConnected = false;
      let wasConnected = false;
      let view: { readonly width: number; readonly height: number } | undefined;
      /** A connection that once stood to one end can't be led on to another: DTLS would have to begin anew. */
      let isMixed = false;
      const outbox: Uint8Array<ArrayBuffer>[] = [];
      const timers = new Set<() => void>();

      const isClosed = (): boolean => !ends.has(id);
      const emit = (event: LinkEvent): void => {
        if (!isClosed()) options.onEvent(event);
      };
      const soon = (delayMs: number, run: () => void): (() => void) => {
        const cancel = clock.after(delayMs, () => {
          timers.delete(cancel);
          if (!isClosed()) run();
        });
        timers.add(cancel);
        return cancel;
      };
      let cancelChecks = (): void => {};
      const recovery = createIceRecovery(clock, {
        connected: () => emit({ type: "connected", path: "direct" }),
        interrupted: () => emit({ type: "interrupted" }),
        restart: () => step({ type: "offer" }),
        resend: () => step({ type: "resend" }),
        gaveUp: () => failed("ice-failed"),
      });
      const step = (event: NegotiationEvent): void => {
        if (isClosed()) return;
        const next = negotiate(machine, event);
        machine = next.state;
        next.effects.forEach(run);
      };
      const emitDescription = (): void => {
        if (local === undefined) return;
        const sdp = JSON.stringify(local);
        emit({ type: "signal", body: { type: "description", descriptionType: kind, sdp } });
      };
      const emitCandidates = (): void => {
        const line = `candidate:${id} ${local?.ice}\n0`;
        emit({ type: "signal", body: { type: "candidates", candidates: [line] } });
      };
      const describe = (ice: number): void => {
        local = { link: id, fingerprint: toBase64Url(shown), ice };
        emitDescription();
        soon(1, emitCandidates);
      };
      const run = (effect: NegotiationEffect): void => {
        if (effect.type === "send-again") {
          emitDescription();
          emitCandidates();
        } else if (effect.type === "add-candidates") {
          hasCandidates = true;
          seekNow();
        } else if (effect.type === "make-offer") {
          soon(1, () => {
            kind = "offer";
            const ice = effect.isRestart ? (local?.ice ?? 0) + 1 : (local?.ice ?? 0);
            recovery.offered();
            if (effect.isRestart) hasCandidates = false;
            describe(ice);
            step({ type: "done" });
          });
        } else soon(1, () => take(effect));
      };
      const take = (effect: Extract<NegotiationEffect, { readonly sdp: string }>): void => {
        const theirs = JSON.parse(effect.sdp) as Description;
        const shownBytes = fromBase64Url(theirs.fingerprint) ?? new Uint8Array();
        if (!equalBytes(shownBytes, options.peerFingerprint)) return failed("fingerprint-mismatch");
        const isRestart = remote !== undefined && remote.ice !== theirs.ice;
        if (wasConnected && remote?.link !== theirs.link) isMixed = true;
        remote = theirs;
        recovery.described();
        recovery.answered();
        if (effect.type === "take-offer") {
          kind = "answer";
          describe((local?.ice ?? 0) + (isRestart ? 1 : 0));
        }
        if (!wasConnected && !isRestart) {
          for (const stream of LINK_STREAMS)
            emit({ type: "stream", stream, media: { id, stream } });
        }
        recovery.changed(isConnected ? "connected" : "connecting");
        cancelChecks();
        cancelChecks = soon(CHECKS_MS, () => {
          if (!isConnected) recovery.changed("failed");
        });
        step({ type: "done" });
        seekNow();
      };
      const deliver = (): void => {
        const other = ends.get(remote?.link ?? "");
        if (other === undefined || !isConnected || !isPath(end, other)) return;
        for (const bytes of outbox.splice(0)) other.take(bytes);
      };
      const seekNow = (): void => {
        if (hasCandidates && !isMixed && machine.phase === "stable") seek(end);
      };
      const failed = (code: LinkFailureCode): void => {
        emit({ type: "failed", code });
        close();
      };
      const close = (): void => {
        if (isClosed()) return;
        ends.delete(id);
        own.delete(id);
        recovery.close();
        for (const cancel of timers) cancel();
        // DTLS says goodbye, where there is a path for it.
        const other = ends.get(remote?.link ?? "");
        if (other !== undefined && isPath(end, other)) clock.after(TRAVEL_MS, other.lost);
      };
      const end: End = {
        id,
        linkId: options.linkId,
        tracks,
        peerView: () => view,
        isConnected: () => isConnected,
        level: 0,
        owner,
        local: () => local,
        remote: () => remote,
        reached: () => {
          if (isConnected) return;
          isConnected = true;
          recovery.changed("connected");
          clock.after(TRAVEL_MS, deliver);
          if (wasConnected) return;
          wasConnected = true;
          emit({ type: "channel-open" });
          for (const stream of LINK_STREAMS) emit({ type: "playing", stream });
        },
        lost: () => {
          if (isClosed() || !isConnected) return;
          isConnected = false;
          recovery.changed("disconnected");
        },
        take: (bytes) => emit({ type: "channel-message", bytes }),
      };
      ends.set(id, end);
      own.set(id, end);
      return {
        offer: () => step({ type: "offer" }),
        receive: (body) => {
          if (body.type === "candidates") step({ type: "remote-candidates", candidates: [] });
          else if (body.sdp === undefined) return;
          else if (body.descriptionType === "offer") step({ type: "remote-offer", sdp: body.sdp });
          else if (body.descriptionType === "answer")
            step({ type: "remote-answer", sdp: body.sdp });
        },
        send: (bytes) => {
          if (!wasConnected || isClosed()) return false;
          // SCTP keeps what it can't deliver, and brings it when the path is back.
          outbox.push(change(bytes));
          if (isConnected) clock.after(TRAVEL_MS, deliver);
          return true;
        },
        setTrack: (stream, track) => {
          if (track === undefined) tracks.delete(stream);
          else tracks.set(stream, track);
        },
        setPeerView: (next) => {
          view = next;
        },
        restartIce: () => step({ type: machine.described ? "offer" : "resend" }),
        audioLevel: () => end.level,
        stats: () =>
          Promise.resolve({
            path: "direct",
            roundTripMs: 20,
            packetsLost: 0,
            framesDecoded: 0,
            frameWidth: 0,
            frameHeight: 0,
            bytesSent: 0,
            bytesReceived: 0,
            videoCodec: undefined,
          }),
        close,
      };
    }

    return {
      links: { fingerprint, open },
      vanish: () => {
        owner.reachable = false;
        loseConsent(owner);
      },
      return: () => {
        owner.reachable = true;
        for (const end of own.values()) seek(end);
      },
      lie: () => {
        shown = crypto.getRandomValues(new Uint8Array(32));
      },
      garble: (next) => {
        change = next;
      },
      open: () => [...own.values()],
    };
  }

  const internet: FakeInternet = { peer: createPeer, blocked: () => false };
  return internet;
}
