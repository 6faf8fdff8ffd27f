import { type Connection, type ConnectionContext, Server } from "partyserver";
import * as v from "valibot";
import { toBase64Url } from "../protocol/bytes.ts";
import { verifyEd25519 } from "../protocol/ed25519.ts";
import { CLOSE, type FailureCode } from "../protocol/failure-codes.ts";
import { deriveMemberId, type RoomId, roomIdSchema } from "../protocol/ids.ts";
import { boundBytes, LABELS } from "../protocol/labels.ts";
import { PING, PONG, SOCKET_PROTOCOL } from "../protocol/message-codec.ts";
import { type RoomMessage, roomMessageCodec } from "../protocol/room-messages.ts";
import { readEntrant, upgradeFor } from "./entrant.ts";
import { readRoomLimits } from "./room-limits.ts";
import { decodeAttachment, encodeAttachment } from "./room/attachment.ts";
import { signerOf } from "./host-signer.ts";
import { nextDeadlineMs } from "./room/deadlines.ts";
import { isSameRoom, judgeAccess } from "./room/door.ts";
import { readDoor } from "./room/door-change.ts";
import { isSilent } from "./room/presence.ts";
import { type Bucket, fullBucket, takeToken } from "./room/rate-limit.ts";
import { readFrame } from "./room/read-frame.ts";
import { reduce } from "./room/reduce.ts";
import {
  type Effect,
  emptyRoom,
  type RoomEvent,
  type RoomLimits,
  type RoomSocket,
  type RoomState,
  type SocketId,
} from "./room/state.ts";
import type { RoomRpc } from "./rpc.ts";
import { sqliteRoomStore } from "./sqlite-room-store.ts";

type Variables = Cloudflare.Env & { readonly ROOM_LIMITS?: string };

const refusal = (status: number, code: FailureCode): Response =>
  Response.json({ code }, { status });

/**
 * One room: runs what `reduce` decides.
 *
 * All that matters is in storage rows and socket attachments; what is held in memory is a copy of it, or may be
 * lost (buckets fill again faster than an object is evicted).
 */
export class RoomServer extends Server<Variables> implements RoomRpc {
  static override options = { hibernate: true };

  readonly #store = sqliteRoomStore(this.ctx.storage);
  readonly #limits: RoomLimits = readRoomLimits(this.env.ROOM_LIMITS);
  readonly #connections = new Map<SocketId, Connection>();
  /** Sockets this instance has had a frame of. */
  readonly #known = new WeakMap<WebSocket, Connection>();
  readonly #buckets = new Map<SocketId, Bucket>();
  /** What sockets sent while their signature was being checked: it is heard after. */
  readonly #waiting = new Map<SocketId, RoomEvent[]>();
  #held: RoomState | undefined;
  /** What the alarm is set to, where this instance set it. */
  #alarmAtMs: number | undefined;

  constructor(ctx: DurableObjectState, env: Variables) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  async createRoom(given: Parameters<RoomRpc["createRoom"]>[0]): ReturnType<RoomRpc["createRoom"]> {
    const { room } = this.#state();
    if (room !== undefined) return isSameRoom(room, given) ? "same" : "other";
    const { hostPublicKey, accessHash, doorPolicy: signedDoorPolicy, sealedPolicy } = given;
    const door = readDoor(signedDoorPolicy, sealedPolicy);
    if (door === undefined) throw new TypeError("door policy: expected a signed policy");
    const made = { hostPublicKey, accessHash, door };
    await this.#handle({ type: "created", room: made, atMs: Date.now() });
    return "made";
  }

  async checkAccess(
    request: Parameters<RoomRpc["checkAccess"]>[0],
  ): ReturnType<RoomRpc["checkAccess"]> {
    const judged = judgeAccess(this.#state(), request);
    if (!judged.ok) return judged;
    const key = `proof ${toBase64Url(request.proofHash)}`;
    const atMs = Date.now();
    if (!this.#store.takeOnce(key, request.proofExpiresAtSec * 1000, atMs)) {
      return { ok: false, error: { code: "proof-replayed" } };
    }
    await this.#handle({ type: "used", atMs });
    return judged;
  }

  override async fetch(request: Request): Promise<Response> {
    // Before partyserver sees it: it would write the room's name down, and take a client's word for a socket's.
    if (this.#state().room === undefined) return refusal(404, "room-unknown");
    if (request.headers.get("Upgrade")?.toLowerCase() !== "websocket") {
      return refusal(426, "upgrade-required");
    }
    const entrant = readEntrant(request.headers);
    if (entrant === undefined) return refusal(401, "token-missing");
    const { webSocket } = await super.fetch(upgradeFor(entrant));
    return new Response(null, {
      status: 101,
      webSocket,
      headers: { "Sec-WebSocket-Protocol": SOCKET_PROTOCOL },
    });
  }

  override async onConnect(connection: Connection, { request }: ConnectionContext): Promise<void> {
    const entrant = readEntrant(request.headers);
    if (entrant === undefined) return closeQuietly(connection, CLOSE.again, "token-missing");
    const socketId = connection.id as SocketId;
    this.#connections.set(socketId, connection);
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    await this.#handle({ type: "connect", socketId, ...entrant, nonce, atMs: Date.now() });
  }

  /** partyserver would read the attachment again for every frame, which costs as much as passing it on. */
  override async webSocketMessage(ws: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    const connection = this.#held === undefined ? undefined : this.#known.get(ws);
    return connection === undefined
      ? await super.webSocketMessage(ws, frame)
      : await this.onMessage(connection, frame);
  }

  override async onMessage(connection: Connection, frame: string | ArrayBuffer): Promise<void> {
    this.#known.set(connection, connection);
    const socketId = connection.id as SocketId;
    const atMs = Date.now();
    const bucket = this.#buckets.get(socketId) ?? fullBucket(this.#limits, atMs);
    const taken = takeToken(bucket, atMs, this.#limits);
    this.#buckets.set(socketId, taken.bucket);
    if (taken.verdict === "dropped") return;
    const event: RoomEvent =
      taken.verdict === "taken"
        ? readFrame(socketId, frame, atMs, this.#state())
        : { type: "flood", socketId, goesOn: taken.verdict === "closed", atMs };
    await this.#hear(socketId, event);
  }

  #hear(socketId: SocketId, event: RoomEvent): Promise<void> {
    const waiting = this.#waiting.get(socketId);
    if (waiting === undefined) return this.#handle(event);
    waiting.push(event);
    return DONE;
  }

  override async onClose(connection: Connection): Promise<void> {
    await this.#handle({ type: "closed", socketId: connection.id as SocketId, atMs: Date.now() });
  }

  override async onError(connection: Connection): Promise<void> {
    await this.onClose(connection);
  }

  override async onAlarm(): Promise<void> {
    this.#alarmAtMs = undefined;
    await this.#handle({ type: "tick", atMs: Date.now() });
    this.#setAlarm(this.#state());
  }

  /** The state, built from rows and attachments where this instance does not hold it yet. */
  #state(): RoomState {
    if (this.#held !== undefined) return this.#held;
    const sockets = new Map<SocketId, RoomSocket>();
    this.#connections.clear();
    for (const connection of this.getConnections()) {
      const socketId = connection.id as SocketId;
      const socket = decodeAttachment(connection.deserializeAttachment());
      // One we closed may linger; one of an older deployment comes back with a new token.
      if (socket === undefined) closeQuietly(connection, CLOSE.again, "room-closed");
      else {
        sockets.set(socketId, socket);
        this.#connections.set(socketId, connection);
      }
    }
    const state = { ...emptyRoom(this.#limits), ...this.#store.load(), sockets };
    this.#held = state;
    if (state.room === undefined) return state;
    const woken = reduce(state, { type: "woken", atMs: Date.now() });
    this.#keep(state, woken.state);
    for (const effect of woken.effects) void this.#run(effect);
    return woken.state;
  }

  /** Decides, writes down, then acts, with nothing in between: the runtime holds messages back until what was written is safe. */
  #handle(event: RoomEvent): Promise<void> {
    try {
      const before = this.#state();
      const { state, effects } = reduce(before, event);
      if (state !== before) this.#keep(before, state);
      const running = effects.flatMap((effect) => this.#run(effect) ?? []);
      return running.length === 0 ? DONE : Promise.all(running).then(() => undefined);
    } catch {
      return this.#recover(event);
    }
  }

  /** A mistake of ours met an event: what is written down is good, and the sender may try again. */
  #recover(event: RoomEvent): Promise<void> {
    // oxlint-disable-next-line no-console -- the operator's log is the console; the code names nobody
    console.error("sotto room-event-failed", event.type);
    this.#held = undefined;
    if (!("socketId" in event)) return DONE;
    const connection = this.#connections.get(event.socketId);
    if (connection !== undefined) closeQuietly(connection, CLOSE.again, "service-unavailable");
    return DONE;
  }

  #keep(before: RoomState, after: RoomState): void {
    this.#held = after;
    if (after.room !== undefined) {
      this.ctx.storage.transactionSync(() => this.#store.save(before, after));
    }
    if (after.sockets !== before.sockets) {
      for (const [socketId, socket] of after.sockets) {
        if (before.sockets.get(socketId) === socket) continue;
        this.#connections.get(socketId)?.serializeAttachment(encodeAttachment(socket));
      }
      for (const socketId of before.sockets.keys()) {
        if (!after.sockets.has(socketId)) this.#buckets.delete(socketId);
      }
    }
    if (nextDeadlineMs(after) !== nextDeadlineMs(before)) this.#setAlarm(after);
  }

  /** One that came too early would do no harm but wake a sleeping object, which costs more than to set it again. */
  #setAlarm(state: RoomState): void {
    const nextMs = nextDeadlineMs(state);
    if (nextMs === undefined || nextMs === this.#alarmAtMs) return;
    this.#alarmAtMs = nextMs;
    void this.ctx.storage.setAlarm(nextMs);
  }

  #run(effect: Effect): Promise<void> | undefined {
    switch (effect.type) {
      case "send-frame":
        this.#sendFrame(effect.to, effect.frame);
        return undefined;
      case "send":
        this.#send(effect.to, effect.message);
        return undefined;
      case "close":
        this.#close(effect.socketId, effect.closeCode, effect.reason);
        return undefined;
      case "verify":
        return this.#whileChecking(effect.socketId, () => this.#verify(effect));
      case "check-signer":
        return this.#whileChecking(effect.socketId, () => this.#checkSigner(effect));
      case "tell-gone":
        this.#send([effect.to], {
          type: "gone",
          memberId: effect.memberId,
          gone: this.#isGone(effect.target),
        });
        return undefined;
      case "forget-room":
        this.#alarmAtMs = undefined;
        return this.#store.clear();
    }
  }

  /** Encodes once for all. */
  #send(to: readonly SocketId[], message: RoomMessage): void {
    if (to.length > 0) this.#sendFrame(to, roomMessageCodec.encode(message));
  }

  /** A socket that can't be sent to is nobody else's trouble. */
  #sendFrame(to: readonly SocketId[], frame: Uint8Array<ArrayBuffer>): void {
    for (const socketId of to) {
      try {
        this.#connections.get(socketId)?.send(frame);
      } catch {
        queueMicrotask(() => void this.#handle({ type: "closed", socketId, atMs: Date.now() }));
      }
    }
  }

  #close(socketId: SocketId, closeCode: number, reason: FailureCode): void {
    const connection = this.#connections.get(socketId);
    this.#connections.delete(socketId);
    if (connection === undefined) return;
    // A closed socket may still be listed after an eviction: without an attachment it is not taken up again.
    connection.serializeAttachment(null);
    closeQuietly(connection, closeCode, reason);
  }

  /** What a socket sends while a signature of its own is checked is heard after what comes of it, in order. */
  async #whileChecking(socketId: SocketId, check: () => Promise<RoomEvent>): Promise<void> {
    const waiting: RoomEvent[] = [];
    this.#waiting.set(socketId, waiting);
    const checked = await check();
    this.#waiting.delete(socketId);
    // One of them may have something to check as well: then the rest waits for that.
    await Promise.all([
      this.#handle(checked),
      ...waiting.map((event) => this.#hear(socketId, event)),
    ]);
  }

  async #verify(effect: Extract<Effect, { readonly type: "verify" }>): Promise<RoomEvent> {
    const { socketId, memberId, jti, nonce, roomDeviceKey, signature } = effect;
    const bound = boundBytes(LABELS.socket, this.#roomId(), nonce, jti);
    const isMember = (await deriveMemberId(roomDeviceKey)) === memberId;
    const isValid = isMember && (await verifyEd25519(roomDeviceKey, signature, bound));
    const atMs = Date.now();
    const usedUntilMs = atMs + this.#limits.tokenLifetimeSec * 1000;
    const isFirst = isValid && this.#store.takeOnce(`jti ${jti}`, usedUntilMs, atMs);
    const verdict = isFirst ? "valid" : isValid ? "replayed" : "invalid";
    return { type: "verified", socketId, verdict, atMs };
  }

  async #checkSigner(
    effect: Extract<Effect, { readonly type: "check-signer" }>,
  ): Promise<RoomEvent> {
    const { socketId, message } = effect;
    const signer = await signerOf(this.#roomId(), message);
    return { type: "signer-checked", socketId, message, signer, atMs: Date.now() };
  }

  #roomId(): RoomId {
    return v.parse(roomIdSchema, this.name);
  }

  #isGone(target: SocketId | undefined): boolean {
    const socket = target === undefined ? undefined : this.#state().sockets.get(target);
    const connection = target === undefined ? undefined : this.#connections.get(target);
    if (target === undefined || socket === undefined || connection === undefined) return true;
    const pingedAtMs = this.ctx.getWebSocketAutoResponseTimestamp(connection)?.getTime() ?? 0;
    const spokeAtMs = this.#buckets.get(target)?.atMs ?? 0;
    const heardAtMs = Math.max(pingedAtMs, spokeAtMs, socket.connectedAtMs);
    return isSilent(heardAtMs, Date.now(), this.#limits);
  }
}

const DONE = Promise.resolve();

/** Closing what the other side closed already is no trouble of ours. */
function closeQuietly(connection: Connection, closeCode: number, reason: FailureCode): void {
  try {
    connection.close(closeCode, reason);
  } catch {
    // It is closed, which was the aim.
  }
}
