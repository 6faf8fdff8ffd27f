import { toBase64Url } from "../../protocol/bytes.ts";
import { NO_GROUP_ID, importEnvelopeKey, sealEnvelope } from "../../protocol/envelope.ts";
import type { Delegation, Role } from "../../protocol/delegation.ts";
import { hostProofBoundBytes, hostProofCodec } from "../../protocol/host-proof.ts";
import type { TokenAnswer } from "../../protocol/http.ts";
import {
  deriveMemberId,
  deriveRoomId,
  epochSchema,
  type MemberId,
  type RoomId,
} from "../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../protocol/labels.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { deriveLinkKeys, formatLink, type LinkKeys } from "../../protocol/link.ts";
import {
  type DoorPolicy,
  doorPolicyCodec,
  type GroupPolicy,
  groupPolicyCodec,
  type Mode,
  policyBoundBytes,
  signedPolicyCodec,
} from "../../protocol/policy.ts";
import { sha256 } from "../../protocol/bytes.ts";
import * as v from "valibot";

/*
 * What a client needs before it is in a room, without a browser: keys, link, policies, the requests
 * that make a room and get a token. Pure WebCrypto over `protocol/`; runs in Node and in workerd.
 */

type Bytes = Uint8Array<ArrayBuffer>;

/** An Ed25519 key with its raw public half (32 bytes). */
export type SigningKeys = { readonly publicKey: Bytes; readonly privateKey: CryptoKey };

export async function makeSigningKeys(): Promise<SigningKeys> {
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("Ed25519: expected a pair of keys");
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new TypeError("raw key: expected bytes");
  return { publicKey: new Uint8Array(raw), privateKey: pair.privateKey };
}

export const sign = async (keys: SigningKeys, bytes: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign("Ed25519", keys.privateKey, bytes));

/** A device as one room sees it: the room device key and the member id that follows from it. */
export type RoomDevice = { readonly keys: SigningKeys; readonly memberId: MemberId };

export async function makeDevice(): Promise<RoomDevice> {
  const keys = await makeSigningKeys();
  return { keys, memberId: await deriveMemberId(keys.publicKey) };
}

/** A room as its creator's browser holds it. */
export type MadeRoom = {
  readonly roomId: RoomId;
  readonly hostKeys: SigningKeys;
  /** The creator's identity key, which the group policy lists as host. */
  readonly hostIdentity: SigningKeys;
  /** The creator's device, which the door policy lists as host. */
  readonly hostDevice: RoomDevice;
  /** The 16 bytes of the link. */
  readonly secret: Bytes;
  readonly linkKeys: LinkKeys;
  /** AES-256-GCM, from `linkKeys.envelope`. */
  readonly envelopeKey: CryptoKey;
  /** `/r/<roomId>#<secret><check>` */
  readonly linkPath: string;
  readonly groupPolicy: GroupPolicy;
  /** CBOR of the signed group policy: what GroupContext extension 0xF50C carries. */
  readonly signedGroupPolicy: Bytes;
  /** The same in its envelope: what the room stores. */
  readonly sealedPolicy: Bytes;
  /** CBOR of the signed door policy. */
  readonly doorPolicy: Bytes;
};

export type RoomWishes = {
  readonly mode?: Mode;
  readonly locked?: boolean;
  readonly capacity?: number;
  readonly bannedMemberIds?: readonly MemberId[];
  /** Delegations that the policy lists, of host links nobody has taken yet. */
  readonly hostLinks?: readonly { readonly role: Role; readonly serial: number }[];
};

/** Makes keys, link and policies of a new room. Nothing is sent. */
export async function makeRoom(wishes: RoomWishes = {}): Promise<MadeRoom> {
  const hostKeys = await makeSigningKeys();
  const hostIdentity = await makeSigningKeys();
  const hostDevice = await makeDevice();
  const roomId = await deriveRoomId(hostKeys.publicKey);
  const secret = crypto.getRandomValues(new Uint8Array(16));
  const linkKeys = await deriveLinkKeys(secret);
  const envelopeKey = await importEnvelopeKey(linkKeys.envelope);
  const rules = {
    roomId,
    serial: 0,
    mode: wishes.mode ?? "open",
    locked: wishes.locked ?? false,
    capacity: wishes.capacity ?? LIMITS.callMembers,
  } as const;
  const groupPolicy: GroupPolicy = {
    ...rules,
    bans: [],
    roles: [{ identityKey: hostIdentity.publicKey, role: "host", delegationSerial: 0 }],
  };
  const signedGroupPolicy = await signGroupPolicy(hostKeys, groupPolicy);
  return {
    roomId,
    hostKeys,
    hostIdentity,
    hostDevice,
    secret,
    linkKeys,
    envelopeKey,
    linkPath: await formatLink({ roomId, secret, label: undefined }),
    groupPolicy,
    signedGroupPolicy,
    sealedPolicy: await sealEnvelope(
      envelopeKey,
      roomId,
      { generation: 0, kind: "policy", groupId: NO_GROUP_ID, epoch: v.parse(epochSchema, 0) },
      signedGroupPolicy,
    ),
    doorPolicy: await signDoorPolicy(hostKeys, {
      ...rules,
      bannedMemberIds: [...(wishes.bannedMemberIds ?? [])],
      roles: [
        { memberId: hostDevice.memberId, role: "host" },
        ...(wishes.hostLinks ?? []).map(({ role, serial }) => ({ role, delegationSerial: serial })),
      ],
    }),
  };
}

/** CBOR of the group policy, signed by a key (SIGN-2). */
async function signGroupPolicy(signer: SigningKeys, policy: GroupPolicy): Promise<Bytes> {
  const body = groupPolicyCodec.encode(policy);
  const signature = await sign(signer, policyBoundBytes("group", policy.roomId, body));
  return signedPolicyCodec.encode({ body, signer: signer.publicKey, signature });
}

/** CBOR of the door policy, signed by a key (SIGN-3). */
export async function signDoorPolicy(signer: SigningKeys, policy: DoorPolicy): Promise<Bytes> {
  const body = doorPolicyCodec.encode(policy);
  const signature = await sign(signer, policyBoundBytes("door", policy.roomId, body));
  return signedPolicyCodec.encode({ body, signer: signer.publicKey, signature });
}

/** Where requests go: `{ origin, fetch }`, so that a Worker under test can be asked without a network. */
export type Edge = {
  readonly origin: string;
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
};

/** A deployment that listens somewhere. */
export const edgeAt = (origin: string): Edge => ({
  origin,
  fetch: (url, init) => fetch(url, init),
});

/** A JSON body with some of its fields replaced, as hostile tests want it; `undefined` leaves one out. */
export type BodyChanges = Readonly<Record<string, unknown>>;

/** The body of `POST /api/rooms` (SIGN-1). */
export async function createRoomBody(
  room: Pick<MadeRoom, "roomId" | "hostKeys" | "linkKeys" | "doorPolicy" | "sealedPolicy">,
): Promise<Record<string, string>> {
  const { roomId, hostKeys, linkKeys, doorPolicy, sealedPolicy } = room;
  const bound = boundBytes(
    LABELS.create,
    roomId,
    hostKeys.publicKey,
    linkKeys.accessHash,
    doorPolicy,
    await sha256(sealedPolicy),
  );
  return {
    hostPublicKey: toBase64Url(hostKeys.publicKey),
    accessHash: toBase64Url(linkKeys.accessHash),
    doorPolicy: toBase64Url(doorPolicy),
    sealedPolicy: toBase64Url(sealedPolicy),
    signature: toBase64Url(await sign(hostKeys, bound)),
  };
}

/** The body of `POST /api/rooms/:id/tokens` (SIGN-8). `atSec` is now unless given. */
export async function tokenBody(
  room: { readonly roomId: RoomId; readonly linkKeys: Pick<LinkKeys, "access" | "accessHash"> },
  device: RoomDevice,
  atSec = Math.floor(Date.now() / 1000),
): Promise<Record<string, string | number>> {
  const bound = boundBytes(LABELS.token, room.roomId, room.linkKeys.accessHash, atSec);
  return {
    access: toBase64Url(room.linkKeys.access),
    roomDeviceKey: toBase64Url(device.keys.publicKey),
    proof: toBase64Url(await sign(device.keys, bound)),
    atSec,
  };
}

/** What a token request shows besides, to enter as host or co-host (SIGN-13): by this key, which may hold a delegation. */
export async function hostProof(
  room: { readonly roomId: RoomId; readonly linkKeys: Pick<LinkKeys, "accessHash"> },
  device: RoomDevice,
  atSec: number,
  by: { readonly keys: SigningKeys; readonly delegation?: Delegation },
): Promise<string> {
  const { accessHash } = room.linkKeys;
  const roomDeviceKey = device.keys.publicKey;
  const bound = hostProofBoundBytes(room.roomId, { accessHash, roomDeviceKey, atSec });
  const proof = {
    signer: by.keys.publicKey,
    signature: await sign(by.keys, bound),
    ...(by.delegation === undefined ? {} : { delegation: by.delegation }),
  };
  return toBase64Url(hostProofCodec.encode(proof));
}

/** Sends a JSON body. */
export const postJson = (edge: Edge, path: string, body: BodyChanges): Promise<Response> =>
  edge.fetch(`${edge.origin}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** Makes a room at the edge and answers all its creator holds. Throws unless it was made. */
export async function createRoom(edge: Edge, wishes: RoomWishes = {}): Promise<MadeRoom> {
  const room = await makeRoom(wishes);
  const response = await postJson(edge, "/api/rooms", await createRoomBody(room));
  if (response.status !== 201) throw new Error(`create room: ${await response.text()}`);
  return room;
}

/** Gets a token for a device. Throws unless it was granted. */
export async function getToken(
  edge: Edge,
  room: Parameters<typeof tokenBody>[0],
  device: RoomDevice,
): Promise<TokenAnswer> {
  const body = await tokenBody(room, device);
  const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, body);
  if (response.status !== 200) throw new Error(`get token: ${await response.text()}`);
  return await response.json();
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): { readonly jti: string; readonly sub: string } {
  const [, payload = ""] = token.split(".");
  return JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
}

/** The signature that answers a room's `challenge` (SIGN-9). */
export const proveSocket = (
  roomId: RoomId,
  device: RoomDevice,
  nonce: Uint8Array,
  token: string,
): Promise<Bytes> =>
  sign(device.keys, boundBytes(LABELS.socket, roomId, nonce, claimsOf(token).jti));
