import type { LinkPath, LinkStats } from "../core/peer-link.ts";

type CandidateStats = RTCStats & {
  readonly candidateType?: string;
  readonly relayProtocol?: string;
};

type StatsByType = {
  readonly "inbound-rtp": RTCInboundRtpStreamStats;
  readonly "outbound-rtp": RTCOutboundRtpStreamStats & {
    readonly retransmittedPacketsSent?: number;
  };
  readonly "candidate-pair": RTCIceCandidatePairStats & { readonly selected?: boolean };
  readonly "local-candidate": CandidateStats;
  readonly "remote-candidate": CandidateStats;
  readonly transport: RTCTransportStats;
  readonly codec: RTCStats & { readonly mimeType?: string };
};

/** All entries of one type (webrtc-stats), typed. */
export function statsOf<Type extends keyof StatsByType>(
  report: RTCStatsReport,
  type: Type,
): readonly StatsByType[Type][] {
  const found: StatsByType[Type][] = [];
  for (const entry of report.values()) {
    const stats = entry as RTCStats;
    if (stats.type === type) found.push(stats as StatsByType[Type]);
  }
  return found;
}

const sum = <Entry>(entries: readonly Entry[], read: (entry: Entry) => number | undefined) =>
  entries.reduce((total, entry) => total + (read(entry) ?? 0), 0);

function selectedPair(report: RTCStatsReport): StatsByType["candidate-pair"] | undefined {
  const pairs = statsOf(report, "candidate-pair");
  const chosen = statsOf(report, "transport").map(
    ({ selectedCandidatePairId }) => selectedCandidatePairId,
  );
  return (
    pairs.find(({ id }) => chosen.includes(id)) ??
    // Firefox has no transport entry that names the pair, but marks the pair itself.
    pairs.find(({ selected }) => selected === true) ??
    pairs.find(({ nominated, state }) => nominated === true && state === "succeeded")
  );
}

/** How the two ends reach each other; `undefined` before a pair of candidates is chosen. */
export function pathOf(report: RTCStatsReport): LinkPath | undefined {
  const pair = selectedPair(report);
  if (pair === undefined) return undefined;
  const ends = [...statsOf(report, "local-candidate"), ...statsOf(report, "remote-candidate")];
  const isRelayed = ends.some(
    ({ id, candidateType, relayProtocol }) =>
      // A reflexive candidate behind a relay still names the relay's protocol.
      (candidateType === "relay" || relayProtocol !== undefined) &&
      (id === pair.localCandidateId || id === pair.remoteCandidateId),
  );
  return isRelayed ? "relayed" : "direct";
}

/** What a person is shown of a connection's quality. */
export function readLinkStats(report: RTCStatsReport): LinkStats {
  const inbound = statsOf(report, "inbound-rtp");
  const video = inbound.filter(({ kind }) => kind === "video");
  const pair = selectedPair(report);
  const codecIds = video.map(({ codecId }) => codecId);
  const codec = statsOf(report, "codec").find(({ id }) => codecIds.includes(id));
  return {
    path: pathOf(report),
    roundTripMs:
      pair?.currentRoundTripTime === undefined ? undefined : pair.currentRoundTripTime * 1000,
    packetsLost: sum(inbound, ({ packetsLost }) => packetsLost),
    framesDecoded: sum(video, ({ framesDecoded }) => framesDecoded),
    frameWidth: Math.max(0, ...video.map(({ frameWidth }) => frameWidth ?? 0)),
    frameHeight: Math.max(0, ...video.map(({ frameHeight }) => frameHeight ?? 0)),
    bytesSent: sum(statsOf(report, "outbound-rtp"), ({ bytesSent }) => bytesSent),
    bytesReceived: sum(inbound, ({ bytesReceived }) => bytesReceived),
    videoCodec: codec?.mimeType?.replace(/^video\//i, ""),
  };
}
