import { toBase64Url } from "../../../protocol/bytes.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import { hostProofBoundBytes, hostProofCodec } from "../../../protocol/host-proof.ts";
import type { TokenRequestBody } from "../../../protocol/http.ts";
import { deriveMemberId, type GroupId, type MemberId, type RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { encodeLeafCredential, leafBoundBytes } from "../../../protocol/leaf-credential.ts";
import { fail, ok, type Result } from "../../../protocol/result.ts";
import type { SelfLeaf } from "../../core/mls-engine.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { sign, type SigningKey } from "../keys/signing-key.ts";
import { findHostKey, type HostKey, keepHostLink, signAsHost } from "./host-keys.ts";
import { createLinkRing, type LinkRing, openLink } from "./link-ring.ts";

/** The highest policy serial seen of a room: who is banned stays banned for whoever has seen it. SPEC POLICY-7. */
export type PolicyFloor = {
  readonly serial: () => number;
  readonly raise: (serial: number) => void;
};

function createPolicyFloor(start: number): PolicyFloor {
  let highest = start;
  return {
    serial: () => highest,
    raise: (serial) => {
      highest = Math.max(highest, serial);
    },
  };
}

/** What a session knows of its room before any group: keys of the link, of the device and of the profile. */
export type RoomKeys = {
  readonly roomId: RoomId;
  readonly memberId: MemberId;
  /** False where the keys last only as long as the worker. */
  readonly kept: boolean;
  readonly policyFloor: PolicyFloor;
  readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
  readonly links: LinkRing;
  readonly identity: SigningKey;
  readonly device: SigningKey;
  /** X25519. */
  readonly ticketKey: SigningKey;
  /** The host key, or the key of a host link, where this device holds one. */
  readonly hostKey: HostKey | undefined;
};

/** `link-host-part-altered`: the parts of a host link don't belong together, or to this room. */
export async function openRoomKeys(
  vault: KeyVault,
  room: {
    readonly roomId: RoomId;
    readonly secret: Uint8Array<ArrayBuffer>;
    readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
    readonly policyFloor: number;
    readonly hostLink?: HostLink | undefined;
  },
): Promise<Result<RoomKeys, { readonly code: "link-host-part-altered" }>> {
  const { roomId, policyFloor, dtlsFingerprint, hostLink } = room;
  if (hostLink !== undefined && !(await keepHostLink(vault, roomId, hostLink))) {
    return fail("link-host-part-altered");
  }
  const [identity, device, ticketKey, link, hostKey] = await Promise.all([
    vault.loadOrMake("identity"),
    vault.loadOrMake(`device/${roomId}`),
    vault.loadOrMake(`ticket/${roomId}`),
    openLink(room.secret),
    findHostKey(vault, roomId),
  ]);
  return ok({
    roomId,
    memberId: await deriveMemberId(device.key.publicKey),
    kept: identity.kept && device.kept,
    policyFloor: createPolicyFloor(policyFloor),
    dtlsFingerprint,
    links: createLinkRing(link),
    identity: identity.key,
    device: device.key,
    ticketKey: ticketKey.key,
    hostKey,
  });
}

/** Our leaf for one group: SPEC LEAF-1. */
export async function selfLeaf(room: RoomKeys, groupId: GroupId): Promise<SelfLeaf> {
  const { identity, device, dtlsFingerprint } = room;
  const bound = leafBoundBytes(room.roomId, groupId, identity.publicKey);
  return {
    signingKey: identity.privateKey,
    identityKey: identity.publicKey,
    credential: encodeLeafCredential({
      roomDeviceKey: device.publicKey,
      dtlsFingerprint,
      ticketKey: room.ticketKey.publicKey,
      deviceSignature: await sign(device, bound),
    }),
  };
}

/** SPEC HTTP-2, SIGN-8, HOST-4. */
export async function tokenRequestBody(room: RoomKeys, atSec: number): Promise<TokenRequestBody> {
  const { access, accessHash } = room.links.current();
  const roomDeviceKey = room.device.publicKey;
  const bound = boundBytes(LABELS.token, room.roomId, accessHash, atSec);
  const body = {
    access: toBase64Url(access),
    roomDeviceKey: toBase64Url(roomDeviceKey),
    proof: toBase64Url(await sign(room.device, bound)),
    atSec,
  };
  if (room.hostKey === undefined) return body;
  const claim = hostProofBoundBytes(room.roomId, { accessHash, roomDeviceKey, atSec });
  const hostProof = hostProofCodec.encode(await signAsHost(room.hostKey, claim));
  return { ...body, hostProof: toBase64Url(hostProof) };
}

/** SPEC SOCKET-2, SIGN-9. */
export async function challengeAnswer(
  room: RoomKeys,
  challenge: { readonly nonce: Uint8Array<ArrayBuffer>; readonly jti: string },
): Promise<{
  readonly roomDeviceKey: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}> {
  const bound = boundBytes(LABELS.socket, room.roomId, challenge.nonce, challenge.jti);
  return {
    roomDeviceKey: room.device.publicKey,
    signature: await sign(room.device, bound),
  };
}
