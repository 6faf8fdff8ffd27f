import { env } from "cloudflare:workers";
import * as v from "valibot";
import { vi } from "vitest";
import type { RoomServer } from "../../../durable-objects/room-server.ts";
import { SOCKET_HEADERS } from "../../../durable-objects/rpc.ts";
import { sha256, toBase64Url } from "../../../protocol/bytes.ts";
import { type ClientMessage, clientMessageCodec } from "../../../protocol/client-messages.ts";
import type { Delegation } from "../../../protocol/delegation.ts";
import {
  deriveMemberId,
  deriveRoomId,
  type Epoch,
  type GroupId,
  groupIdSchema,
  type MemberId,
  type RoomId,
  type Seq,
} from "../../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../../protocol/labels.ts";
import {
  type DoorPolicy,
  doorPolicyCodec,
  policyBoundBytes,
  signedPolicyCodec,
} from "../../../protocol/policy.ts";
import { type RoomMessage, roomMessageCodec } from "../../../protocol/room-messages.ts";

// These tests wait for messages, never for time; a busy machine only takes longer.
vi.setConfig({ testTimeout: 30_000 });

const rooms = (env as unknown as { readonly ROOM: DurableObjectNamespace<RoomServer> }).ROOM;

export const randomBytes = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));

export const signingKey = async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new TypeError("expected a key pair");
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  if (!(raw instanceof ArrayBuffer)) throw new TypeError("expected a raw key");
  return {
    publicKey: new Uint8Array(raw),
    sign: async (bytes: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, bytes)),
  };
};
export type SigningKey = Awaited<ReturnType<typeof signingKey>>;

export type RoomUnderTest = {
  readonly roomId: RoomId;
  readonly stub: DurableObjectStub<RoomServer>;
  readonly hostKey: SigningKey;
  readonly creation: Parameters<RoomServer["createRoom"]>[0];
};

export const doorPolicyOf = (roomId: RoomId, policy: Partial<DoorPolicy> = {}): DoorPolicy => ({
  roomId,
  serial: 0,
  mode: "open",
  locked: false,
  bannedMemberIds: [],
  roles: [],
  capacity: 16,
  ...policy,
});

/** CBOR of a door policy, signed for its room by this key, which may hold a delegation. */
export async function signDoorPolicy(
  key: SigningKey,
  policy: DoorPolicy,
  delegation?: Delegation,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = doorPolicyCodec.encode(policy);
  const signature = await key.sign(policyBoundBytes("door", policy.roomId, body));
  return signedPolicyCodec.encode({
    body,
    signer: key.publicKey,
    signature,
    ...(delegation === undefined ? {} : { delegation }),
  });
}

/** A room id nobody has created, and what would create it. */
export async function prepareRoom(policy: Partial<DoorPolicy> = {}): Promise<RoomUnderTest> {
  const hostKey = await signingKey();
  const roomId = await deriveRoomId(hostKey.publicKey);
  const doorPolicy = await signDoorPolicy(hostKey, doorPolicyOf(roomId, policy));
  return {
    roomId,
    stub: rooms.getByName(roomId),
    hostKey,
    creation: {
      roomId,
      hostPublicKey: hostKey.publicKey,
      accessHash: randomBytes(32),
      doorPolicy,
      sealedPolicy: randomBytes(200),
    },
  };
}

export async function createRoom(policy: Partial<DoorPolicy> = {}): Promise<RoomUnderTest> {
  const room = await prepareRoom(policy);
  await room.stub.createRoom(room.creation);
  return room;
}

export type Device = { readonly key: SigningKey; readonly memberId: MemberId };

export async function newDevice(): Promise<Device> {
  const key = await signingKey();
  return { key, memberId: await deriveMemberId(key.publicKey) };
}

export const newGroupId = (): GroupId => v.parse(groupIdSchema, toBase64Url(randomBytes(16)));

type Entrance = {
  readonly role?: "host" | "co-host" | "member";
  /** Serial of the delegation shown; 0 for the host key. */
  readonly delegation?: number;
  readonly jti?: string;
  readonly addressTag?: string;
};

/** Asks for a socket as the edge does, after it has verified a token. */
export function upgrade(
  room: RoomUnderTest,
  memberId: MemberId,
  entrance: Entrance = {},
): Promise<Response> {
  return room.stub.fetch("https://edge/", {
    headers: {
      Upgrade: "websocket",
      [SOCKET_HEADERS.memberId]: memberId,
      [SOCKET_HEADERS.role]: entrance.role ?? "member",
      ...(entrance.delegation === undefined
        ? {}
        : { [SOCKET_HEADERS.delegation]: String(entrance.delegation) }),
      [SOCKET_HEADERS.jti]: entrance.jti ?? toBase64Url(randomBytes(16)),
      [SOCKET_HEADERS.addressTag]: entrance.addressTag ?? toBase64Url(randomBytes(8)),
    },
  });
}

type MessageOf<Type extends RoomMessage["type"]> = Extract<RoomMessage, { readonly type: Type }>;

/** One socket of one device, and all it was sent. */
export class RoomClient {
  readonly device: Device;
  readonly jti: string;
  readonly #socket: WebSocket;
  readonly #room: RoomUnderTest;
  readonly #unread: RoomMessage[] = [];
  readonly #readers: (() => void)[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  texts: string[] = [];

  private constructor(room: RoomUnderTest, device: Device, jti: string, socket: WebSocket) {
    this.#room = room;
    this.device = device;
    this.jti = jti;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.texts.push(data);
      else {
        const message = roomMessageCodec.decode(new Uint8Array(data as ArrayBuffer));
        if (!message.ok) throw new TypeError(`room message: ${message.error.code}`);
        this.#unread.push(message.value);
      }
      this.#wake();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
      this.#wake();
    });
    socket.binaryType = "arraybuffer";
    socket.accept();
  }

  /** Opens a socket and leaves its challenge unanswered. */
  static async open(
    room: RoomUnderTest,
    device: Device,
    entrance: Entrance = {},
  ): Promise<RoomClient> {
    const jti = entrance.jti ?? toBase64Url(randomBytes(16));
    const { webSocket } = await upgrade(room, device.memberId, { ...entrance, jti });
    if (webSocket === null) throw new TypeError("the room refused the socket");
    return new RoomClient(room, device, jti, webSocket);
  }

  /** Opens a socket, answers the challenge and waits for the lobby. */
  static async visit(
    room: RoomUnderTest,
    device: Device,
    entrance: Entrance = {},
  ): Promise<{ readonly client: RoomClient; readonly lobby: MessageOf<"lobby"> }> {
    const client = await RoomClient.open(room, device, entrance);
    await client.prove();
    return { client, lobby: await client.next("lobby") };
  }

  async prove(): Promise<void> {
    const { nonce } = await this.next("challenge");
    const bound = boundBytes(LABELS.socket, this.#room.roomId, nonce, this.jti);
    this.send({
      type: "prove",
      roomDeviceKey: this.device.key.publicKey,
      signature: await this.device.key.sign(bound),
    });
  }

  send(message: ClientMessage): void {
    this.#socket.send(clientMessageCodec.encode(message));
  }

  sendRaw(frame: Uint8Array<ArrayBuffer> | string): void {
    this.#socket.send(frame);
  }

  /** The next message of a type; those of other types stay unread. */
  async next<Type extends RoomMessage["type"]>(type: Type): Promise<MessageOf<Type>> {
    for (;;) {
      const at = this.#unread.findIndex((message) => message.type === type);
      const [message] = at === -1 ? [] : this.#unread.splice(at, 1);
      if (message?.type === type) return message as MessageOf<Type>;
      if (this.closed !== undefined)
        throw new Error(`closed before ${type}: ${this.closed.reason}`);
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
  }

  async whenClosed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closed === undefined) {
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
    return this.closed;
  }

  async nextText(): Promise<string> {
    for (;;) {
      const text = this.texts.shift();
      if (text !== undefined) return text;
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
  }

  /** What has come and was not read; all of it, once an answer to a later message is here. */
  unread(type: RoomMessage["type"]): readonly RoomMessage[] {
    return this.#unread.filter((message) => message.type === type);
  }

  close(): void {
    this.#socket.close(1000, "");
  }

  #wake(): void {
    for (const reader of this.#readers.splice(0)) reader();
  }
}

/** A commit nobody but its maker could read: the room looks at none of its bytes. */
export async function commitOf(commit: {
  readonly groupId: GroupId;
  readonly epoch: number;
  readonly after: number;
  readonly kind: "join" | "member";
}): Promise<Extract<ClientMessage, { readonly type: "commit" }>> {
  const sealed = randomBytes(300);
  return {
    type: "commit",
    groupId: commit.groupId,
    epoch: commit.epoch as Epoch,
    after: commit.after as Seq,
    kind: commit.kind,
    commit: sealed,
    groupInfo: randomBytes(400),
    commitHash: await sha256(sealed),
  };
}

/** Starts a call. */
export async function startCall(client: RoomClient): Promise<GroupId> {
  const groupId = newGroupId();
  client.send({ type: "group-create", groupId, epoch: 0 as Epoch, groupInfo: randomBytes(400) });
  await client.next("group-created");
  return groupId;
}
