import { toBase64Url } from "../../../protocol/bytes.ts";
import { importEnvelopeKey } from "../../../protocol/envelope.ts";
import type { TokenRequestBody } from "../../../protocol/http.ts";
import { deriveMemberId, type GroupId, type MemberId, type RoomId } from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import { encodeLeafCredential, leafBoundBytes } from "../../../protocol/leaf-credential.ts";
import { deriveLinkKeys } from "../../../protocol/link.ts";
import type { SelfLeaf } from "../../core/mls-engine.ts";
import type { KeyVault } from "../keys/key-vault.ts";
import { sign, type SigningKey } from "../keys/signing-key.ts";

/** What a session knows of its room before any group: keys of the link, of the device and of the profile. */
export type RoomKeys = {
  readonly roomId: RoomId;
  readonly memberId: MemberId;
  /** False where the keys last only as long as the worker. */
  readonly kept: boolean;
  readonly policyFloor: number;
  readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
  readonly access: Uint8Array<ArrayBuffer>;
  readonly accessHash: Uint8Array<ArrayBuffer>;
  readonly envelopeKey: CryptoKey;
  readonly identity: SigningKey;
  readonly device: SigningKey;
  /** X25519. */
  readonly ticketKey: SigningKey;
};

export async function openRoomKeys(
  vault: KeyVault,
  room: {
    readonly roomId: RoomId;
    readonly secret: Uint8Array<ArrayBuffer>;
    readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
    readonly policyFloor: number;
  },
): Promise<RoomKeys> {
  const [identity, device, ticketKey, link] = await Promise.all([
    vault.loadOrMake("identity"),
    vault.loadOrMake(`device/${room.roomId}`),
    vault.loadOrMake(`ticket/${room.roomId}`),
    deriveLinkKeys(room.secret),
  ]);
  return {
    roomId: room.roomId,
    memberId: await deriveMemberId(device.key.publicKey),
    kept: identity.kept && device.kept,
    policyFloor: room.policyFloor,
    dtlsFingerprint: room.dtlsFingerprint,
    access: link.access,
    accessHash: link.accessHash,
    envelopeKey: await importEnvelopeKey(link.envelope),
    identity: identity.key,
    device: device.key,
    ticketKey: ticketKey.key,
  };
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

/** SPEC HTTP-2, SIGN-8. */
export async function tokenRequestBody(room: RoomKeys, atSec: number): Promise<TokenRequestBody> {
  const bound = boundBytes(LABELS.token, room.roomId, room.accessHash, atSec);
  return {
    access: toBase64Url(room.access),
    roomDeviceKey: toBase64Url(room.device.publicKey),
    proof: toBase64Url(await sign(room.device, bound)),
    atSec,
  };
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
