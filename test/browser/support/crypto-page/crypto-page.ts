import { fromBase64Url, toBase64Url } from "../../../../protocol/bytes.ts";
import type { Epoch, LeafIndex, RoomId, Seq } from "../../../../protocol/ids.ts";
import type { FrameCounts } from "../../../../web/core/frame-transforms.ts";
import type { LinkStream } from "../../../../web/core/peer-link.ts";
import {
  createCryptoWorkerClient,
  type CryptoWorkerClient,
} from "../../../../web/io/crypto-worker-client.ts";
import { admitAndReload } from "./admit-and-reload.ts";
import { makePicture } from "../link-page/page-media.ts";

/** A room and its call, as JSON can carry it. */
export type PageCall = {
  readonly roomId: string;
  readonly secret: string;
  readonly policy: string;
  readonly groupInfo: string;
};

export type LinkWish = {
  readonly linkId: string;
  /** Media type of the only codec offered for video: `video/VP8`. */
  readonly videoCodec: string;
  /** Whether transforms are set at all. */
  readonly transformed: boolean;
};

/** What a test may ask of the page. One page may be several members, by profile. */
export type CryptoPage = {
  /** Makes a room and starts a call in it. */
  readonly host: (profile: string) => Promise<PageCall>;
  /** Joins, and answers the commit that all others have to judge. */
  readonly join: (profile: string, call: PageCall) => Promise<{ epoch: number; commit: string }>;
  readonly judge: (profile: string, entry: { epoch: number; commit: string }) => Promise<string>;
  readonly epoch: (profile: string) => Promise<number>;
  readonly bind: (profile: string, linkId: string, peerLeaf: number | undefined) => Promise<void>;
  /** Opens a link of a member and offers; the answer holds all candidates. */
  readonly offer: (profile: string, wish: LinkWish) => Promise<string>;
  readonly answer: (profile: string, wish: LinkWish, offer: string) => Promise<string>;
  readonly accept: (linkId: string, answer: string) => Promise<void>;
  readonly traffic: (linkId: string) => Promise<{
    readonly framesDecoded: number;
    readonly videoPacketsSent: number;
    readonly audioPacketsSent: number;
    readonly videoPacketsReceived: number;
    readonly connected: boolean;
  }>;
  readonly counts: (
    profile: string,
    linkId: string,
    stream: LinkStream,
    direction: "send" | "receive",
  ) => Promise<FrameCounts>;
  /** Member id and whether keys are kept, of a room opened anew by a new worker of the same profile. */
  readonly reopen: (profile: string, call: PageCall) => Promise<string>;
  /** All of `admitAndReload`, between two profiles: what was seen on the way. */
  readonly admitAndReload: (host: string, guest: string) => Promise<readonly string[]>;
  /** Asks the worker for something that no caller of the port could. */
  readonly misuse: (profile: string) => Promise<string>;
  /** Makes this browser one of before RTCRtpScriptTransform; says whether it has createEncodedStreams. */
  readonly growOld: () => boolean;
  readonly close: () => void;
};

declare global {
  // How a global is declared.
  var cryptoPage: CryptoPage;
}

const clients = new Map<string, CryptoWorkerClient>();
const links = new Map<string, RTCPeerConnection>();

const clientOf = (profile: string): CryptoWorkerClient => {
  const client = clients.get(profile) ?? createCryptoWorkerClient({ profile });
  clients.set(profile, client);
  return client;
};
const linkOf = (linkId: string): RTCPeerConnection => {
  const link = links.get(linkId);
  if (link === undefined) throw new Error(`no link ${linkId}`);
  return link;
};
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw new Error("expected base64url");
  return bytes;
};
function unwrap<Value>(
  result:
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly error: { readonly code: string } },
): Value {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}
const opening = (roomId: string, secret: string) => ({
  roomId: roomId as RoomId,
  secret: bytesOf(secret),
  dtlsFingerprint: new Uint8Array(32),
  policyFloor: 0,
});

const host: CryptoPage["host"] = async (profile) => {
  const { crypto } = clientOf(profile);
  const made = unwrap(await crypto.newRoom({ mode: "open" }));
  const room = {
    roomId: made.roomId,
    secret: toBase64Url(made.secret),
    policy: made.body.sealedPolicy,
  };
  unwrap(await crypto.openRoom(opening(room.roomId, room.secret)));
  const { groupInfo } = unwrap(await crypto.createGroup(bytesOf(room.policy)));
  if (groupInfo === undefined) throw new Error("expected an open room");
  return { ...room, groupInfo: toBase64Url(groupInfo) };
};

const join: CryptoPage["join"] = async (profile, call) => {
  const { crypto } = clientOf(profile);
  unwrap(await crypto.openRoom(opening(call.roomId, call.secret)));
  const offered = { groupInfo: bytesOf(call.groupInfo), policy: bytesOf(call.policy) };
  const pending = unwrap(await crypto.prepareJoin(offered));
  await crypto.installPending();
  return { epoch: pending.epoch, commit: toBase64Url(pending.commit) };
};

const CONFIGURATION = { encodedInsertableStreams: true } as RTCConfiguration;

async function makeTracks(): Promise<Readonly<Record<LinkStream, MediaStreamTrack>>> {
  const [microphone] = (
    await navigator.mediaDevices.getUserMedia({ audio: true })
  ).getAudioTracks();
  if (microphone === undefined) throw new Error("no microphone");
  return { microphone, camera: makePicture({ width: 320, height: 240 }) };
}

/** Sets both transforms of a transceiver, the moment it exists, and plays what it receives. */
function equip(
  profile: string,
  wish: LinkWish,
  stream: LinkStream,
  { sender, receiver }: RTCRtpTransceiver,
): void {
  const { linkId } = wish;
  const { transforms } = clientOf(profile);
  if (wish.transformed) {
    transforms.attach(sender, { linkId, stream, direction: "send" });
    transforms.attach(receiver, { linkId, stream, direction: "receive" });
  }
  const element = document.createElement(stream === "camera" ? "video" : "audio");
  element.muted = true;
  element.srcObject = new MediaStream([receiver.track]);
  document.body.append(element);
  // Plays once something comes; a link that closes before is no failure.
  void element.play().catch(() => undefined);
}

const offer: CryptoPage["offer"] = async (profile, wish) => {
  const tracks = await makeTracks();
  const link = new RTCPeerConnection(CONFIGURATION);
  links.set(wish.linkId, link);
  for (const stream of ["microphone", "camera"] as const) {
    const transceiver = link.addTransceiver(tracks[stream], { direction: "sendrecv" });
    equip(profile, wish, stream, transceiver);
    if (stream !== "camera") continue;
    const all = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
    transceiver.setCodecPreferences(all.filter(({ mimeType }) => mimeType === wish.videoCodec));
  }
  await link.setLocalDescription();
  return wholeDescription(link);
};

const answer: CryptoPage["answer"] = async (profile, wish, sdp) => {
  const tracks = await makeTracks();
  const link = new RTCPeerConnection(CONFIGURATION);
  links.set(wish.linkId, link);
  link.addEventListener("track", ({ transceiver, track }) => {
    const stream = track.kind === "video" ? "camera" : "microphone";
    equip(profile, wish, stream, transceiver);
    transceiver.direction = "sendrecv";
    // Refused only by a link that is closed.
    void transceiver.sender.replaceTrack(tracks[stream]).catch(() => undefined);
  });
  await link.setRemoteDescription({ type: "offer", sdp });
  await link.setLocalDescription();
  return wholeDescription(link);
};

/** The local description with every candidate in it, and without lines that speak of codecs that are not there: Firefox leaves some, Chromium refuses them. */
async function wholeDescription(link: RTCPeerConnection): Promise<string> {
  while (link.iceGatheringState !== "complete")
    await new Promise((resolve) => {
      link.addEventListener("icegatheringstatechange", resolve, { once: true });
    });
  const sections = (link.localDescription?.sdp ?? "").split(/(?=^m=)/m);
  return sections.map(withoutOrphans).join("");
}

function withoutOrphans(section: string): string {
  const payloads = new Set(/^m=\S+ \d+ \S+ (.*)$/m.exec(section)?.[1]?.trim().split(" "));
  return section
    .split("\r\n")
    .filter((line) => {
      const payload = /^a=rtcp-fb:(\d+)/.exec(line)?.[1];
      return payload === undefined || payloads.has(payload);
    })
    .join("\r\n");
}

globalThis.cryptoPage = {
  host,
  join,
  judge: async (profile, { epoch, commit }) => {
    const entry = { seq: 1 as Seq, epoch: epoch as Epoch, commit: bytesOf(commit) };
    return (await clientOf(profile).crypto.judge(entry)).type;
  },
  epoch: async (profile) => (await clientOf(profile).crypto.statement()).epoch,
  bind: (profile, linkId, peerLeaf) =>
    clientOf(profile).crypto.bindLink({ linkId, peerLeaf: peerLeaf as LeafIndex | undefined }),
  offer,
  answer,
  accept: (linkId, sdp) => linkOf(linkId).setRemoteDescription({ type: "answer", sdp }),
  traffic: async (linkId) => {
    const all = [...(await linkOf(linkId).getStats()).values()] as Record<string, unknown>[];
    const sum = (type: string, kind: string, name: string): number =>
      all
        .filter((stats) => stats["type"] === type && stats["kind"] === kind)
        .reduce((total, stats) => total + Number(stats[name] ?? 0), 0);
    return {
      framesDecoded: sum("inbound-rtp", "video", "framesDecoded"),
      videoPacketsSent: sum("outbound-rtp", "video", "packetsSent"),
      audioPacketsSent: sum("outbound-rtp", "audio", "packetsSent"),
      videoPacketsReceived: sum("inbound-rtp", "video", "packetsReceived"),
      connected: linkOf(linkId).connectionState === "connected",
    };
  },
  counts: (profile, linkId, stream, direction) =>
    clientOf(profile).transforms.counts({ linkId, stream, direction }),
  reopen: async (profile, call) => {
    clients.get(profile)?.terminate();
    clients.delete(profile);
    const { crypto } = clientOf(profile);
    const { memberId, kept } = unwrap(await crypto.openRoom(opening(call.roomId, call.secret)));
    return `${memberId} ${kept ? "kept" : "in memory"}`;
  },
  admitAndReload: (hostProfile, guestProfile) =>
    admitAndReload(clientOf(hostProfile), () => {
      clients.get(guestProfile)?.terminate();
      clients.delete(guestProfile);
      return clientOf(guestProfile);
    }),
  misuse: (profile) =>
    clientOf(profile)
      .crypto.tokenRequest(-1)
      .then(
        () => "answered",
        (error: Error) => error.message,
      ),
  growOld: () => {
    Reflect.deleteProperty(globalThis, "RTCRtpScriptTransform");
    return clientOf("a").transforms.available;
  },
  close: () => {
    for (const link of links.values()) link.close();
    for (const client of clients.values()) client.terminate();
  },
};
