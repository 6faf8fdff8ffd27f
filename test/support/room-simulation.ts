import * as v from "valibot";
import { memoryRoomStore, type RoomStore } from "../../durable-objects/room-store.ts";
import { decodeAttachment, encodeAttachment } from "../../durable-objects/room/attachment.ts";
import { readDoorChange } from "../../durable-objects/room/door-change.ts";
import { nextDeadlineMs } from "../../durable-objects/room/deadlines.ts";
import { readFrame } from "../../durable-objects/room/read-frame.ts";
import { reduce } from "../../durable-objects/room/reduce.ts";
import {
  type Door,
  type Effect,
  emptyRoom,
  type HostSigned,
  type RoomEvent,
  type RoomLimits,
  type RoomRecord,
  type RoomSocket,
  type RoomState,
  type SocketId,
} from "../../durable-objects/room/state.ts";
import { toBase64Url } from "../../protocol/bytes.ts";
import { type ClientMessage, clientMessageCodec } from "../../protocol/client-messages.ts";
import type { HostSigner } from "../../protocol/delegation.ts";
import { endCodec } from "../../protocol/end.ts";
import { groupIdSchema, memberIdSchema, roomIdSchema } from "../../protocol/ids.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type DoorPolicy, doorPolicyCodec, signedPolicyCodec } from "../../protocol/policy.ts";
import { type RoomMessage, roomMessageCodec } from "../../protocol/room-messages.ts";

/** An id made of one number, for tests that name members and groups by it. */
const idBytes = (space: number, number: number): Uint8Array =>
  new Uint8Array([space, number >> 8, number & 255, ...Array.from<number>({ length: 13 }).fill(0)]);
export const memberNo = (number: number) =>
  v.parse(memberIdSchema, toBase64Url(idBytes(1, number)));
export const groupNo = (number: number) => v.parse(groupIdSchema, toBase64Url(idBytes(2, number)));
const roomId = v.parse(roomIdSchema, toBase64Url(idBytes(3, 0)));

export const bytesOf = (length: number, fill = 0): Uint8Array<ArrayBuffer> =>
  new Uint8Array(length).fill(fill);

type RoomParts = Extract<RoomEvent, { readonly type: "created" }>["room"];

export const doorPolicyOf = (policy: Partial<DoorPolicy> = {}): DoorPolicy => ({
  roomId,
  serial: 0,
  mode: "open",
  locked: false,
  bannedMemberIds: [],
  roles: [],
  capacity: 16,
  ...policy,
});
/** A door as it is read, signed by nobody. */
export const doorOf = (policy: DoorPolicy, sealedFill = 4): Door => ({
  signedPolicy: signedPolicyCodec.encode({
    body: doorPolicyCodec.encode(policy),
    signer: bytesOf(32, 1),
    signature: bytesOf(64, 2),
  }),
  policy,
  sealedPolicy: bytesOf(64, sealedFill),
});
export const roomParts = (policy: Partial<DoorPolicy> = {}): RoomParts => ({
  hostPublicKey: bytesOf(32, 1),
  accessHash: bytesOf(32, 2),
  door: doorOf(doorPolicyOf(policy)),
});
/** A room as its creation leaves it. */
export function roomRecord(policy: Partial<DoorPolicy> = {}): RoomRecord {
  const parts = roomParts(policy);
  return {
    ...parts,
    made: parts.door,
    retiredAccessHashes: [],
    endedForGood: [],
    createdAtMs: 0,
    lastUsedAtMs: 0,
  };
}

type MessageOf<Type extends RoomMessage["type"]> = Extract<RoomMessage, { readonly type: Type }>;
type Entrance = Partial<Pick<RoomSocket, "role" | "delegation" | "jti" | "addressTag">>;

function namedSigner(message: HostSigned): HostSigner | undefined {
  const change = message.type === "commit" && message.doorChange;
  const policy = change ? readDoorChange(change)?.door.signedPolicy : undefined;
  const named =
    message.type === "end"
      ? endCodec.decode(message.end)
      : signedPolicyCodec.decode(policy ?? bytesOf(0));
  if (!named.ok) return undefined;
  const { signer: key, delegation } = named.value;
  return { key, role: delegation?.role ?? "host", delegation };
}

/**
 * A whole room without a runtime: `reduce` on a store, attachments and a clock in the test's hand.
 *
 * It does with effects what the server does, signatures aside: those are valid unless the test says otherwise, and
 * who is named as signer is the signer.
 */
export class RoomSimulation {
  nowMs = 1_000_000;
  state: RoomState;
  readonly store: RoomStore = memoryRoomStore();
  readonly attachments = new Map<SocketId, Uint8Array>();
  readonly inbox = new Map<SocketId, RoomMessage[]>();
  readonly closed = new Map<SocketId, { readonly closeCode: number; readonly reason: string }>();
  readonly effects: Effect[] = [];
  verdict: "valid" | "invalid" | "replayed" = "valid";
  /** True: the test itself answers effects of type `check-signer`, when it likes. */
  holdsChecks = false;
  readonly #limits: RoomLimits;
  #sockets = 0;

  constructor(policy: Partial<DoorPolicy> = {}, limits: Partial<RoomLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.state = emptyRoom(this.#limits);
    this.dispatch({ type: "created", room: roomParts(policy), atMs: this.nowMs });
  }

  get room(): RoomRecord | undefined {
    return this.state.room;
  }

  dispatch(event: RoomEvent): void {
    const before = this.state;
    const { state, effects } = reduce(before, event);
    this.state = state;
    if (state.room !== undefined) this.store.save(before, state);
    for (const [socketId, socket] of state.sockets) {
      if (before.sockets.get(socketId) !== socket) {
        this.attachments.set(socketId, encodeAttachment(socket));
      }
    }
    for (const socketId of before.sockets.keys()) {
      if (!state.sockets.has(socketId)) this.attachments.delete(socketId);
    }
    this.effects.push(...effects);
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: Effect): void {
    if (effect.type === "send" || effect.type === "send-frame") {
      // What can't be written or read again is a mistake of the room's.
      const frame = effect.type === "send" ? roomMessageCodec.encode(effect.message) : effect.frame;
      const read = roomMessageCodec.decode(frame);
      if (!read.ok) throw new TypeError(`room message: ${read.error.code}`);
      for (const to of effect.to) this.inbox.get(to)?.push(read.value);
    } else if (effect.type === "close") {
      const { closeCode, reason } = effect;
      this.closed.set(effect.socketId, { closeCode, reason });
    } else if (effect.type === "verify") {
      const { socketId } = effect;
      this.dispatch({ type: "verified", socketId, verdict: this.verdict, atMs: this.nowMs });
    } else if (effect.type === "check-signer" && !this.holdsChecks) this.answerCheck(effect);
  }

  /** Says who signed, as the server does when it has looked. */
  answerCheck({ socketId, message }: Extract<Effect, { readonly type: "check-signer" }>): void {
    const signer = this.verdict === "valid" ? namedSigner(message) : undefined;
    this.dispatch({ type: "signer-checked", socketId, message, signer, atMs: this.nowMs });
  }

  /** Opens a socket that is challenged. */
  connect(member: number, entrance: Entrance = {}): SocketId {
    this.#sockets += 1;
    const socketId = `socket ${this.#sockets}` as SocketId;
    this.inbox.set(socketId, []);
    this.dispatch({
      type: "connect",
      socketId,
      memberId: memberNo(member),
      role: "member",
      // Who is host by nothing else has shown the host key.
      delegation: entrance.role === "host" ? 0 : undefined,
      jti: `jti ${this.#sockets}`,
      addressTag: `tag ${member}`,
      ...entrance,
      nonce: bytesOf(32, 7),
      atMs: this.nowMs,
    });
    return socketId;
  }

  /** Opens a socket and proves it. */
  visit(member: number, entrance: Entrance = {}): SocketId {
    const socketId = this.connect(member, entrance);
    this.send(socketId, {
      type: "prove",
      roomDeviceKey: bytesOf(32, 8),
      signature: bytesOf(64, 9),
    });
    return socketId;
  }

  /** Sends a message as its frame. */
  send(socketId: SocketId, message: ClientMessage): void {
    const frame = clientMessageCodec.encode(message).buffer;
    this.dispatch(readFrame(socketId, frame, this.nowMs, this.state));
  }

  close(socketId: SocketId): void {
    this.dispatch({ type: "closed", socketId, atMs: this.nowMs });
  }

  /** Lets time pass, with the alarm going off whenever it is due. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let ticks = 0; ; ticks += 1) {
      if (ticks > 500) throw new Error("a deadline stays due");
      const dueMs = nextDeadlineMs(this.state);
      if (dueMs === undefined || dueMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.dispatch({ type: "tick", atMs: this.nowMs });
    }
    this.nowMs = untilMs;
  }

  /** The object loses its memory; with `restart` its sockets as well. */
  evict(how: "hibernate" | "restart" = "hibernate"): void {
    if (how === "restart") this.attachments.clear();
    const sockets = [...this.attachments].map(([socketId, attachment]) => {
      const socket = decodeAttachment(attachment);
      if (socket === undefined) throw new TypeError("attachment: expected one that can be read");
      return [socketId, socket] as const;
    });
    this.state = {
      ...emptyRoom(this.#limits),
      ...this.store.load(),
      sockets: new Map(sockets),
    };
    this.dispatch({ type: "woken", atMs: this.nowMs });
  }

  /** Takes all a socket was sent out of its inbox. */
  read(socketId: SocketId): readonly RoomMessage[] {
    return this.inbox.get(socketId)?.splice(0) ?? [];
  }

  /** The messages of one type among all that were sent; the inbox is empty after. */
  readAll<Type extends RoomMessage["type"]>(
    socketId: SocketId,
    type: Type,
  ): readonly MessageOf<Type>[] {
    return this.read(socketId).filter(
      (message): message is MessageOf<Type> => message.type === type,
    );
  }

  /** The one message of a type among all that were sent. */
  readOne<Type extends RoomMessage["type"]>(socketId: SocketId, type: Type): MessageOf<Type> {
    const [message, ...more] = this.readAll(socketId, type);
    if (message === undefined || more.length > 0) {
      throw new Error(`expected one ${type}, got ${message === undefined ? 0 : more.length + 1}`);
    }
    return message;
  }
}
