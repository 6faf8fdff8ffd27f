import { verifyEd25519 } from "../../protocol/ed25519.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import { deriveMemberId, type MemberId, type RoomId } from "../../protocol/ids.ts";
import { boundBytes, LABELS } from "../../protocol/labels.ts";
import { type RoomMessage, roomMessageCodec } from "../../protocol/room-messages.ts";
import { signerOf } from "../../durable-objects/host-signer.ts";
import { decodeAttachment, encodeAttachment } from "../../durable-objects/room/attachment.ts";
import { nextDeadlineMs } from "../../durable-objects/room/deadlines.ts";
import { isSilent } from "../../durable-objects/room/presence.ts";
import { type Bucket, fullBucket, takeToken } from "../../durable-objects/room/rate-limit.ts";
import { readFrame } from "../../durable-objects/room/read-frame.ts";
import { reduce } from "../../durable-objects/room/reduce.ts";
import {
  type Effect,
  emptyRoom,
  type RoomEvent,
  type RoomLimits,
  type RoomSocket,
  type RoomState,
  type SocketId,
  withSocket,
} from "../../durable-objects/room/state.ts";
import type { SettlingTime } from "./settling-time.ts";

/** The room's end of one socket. */
export type RoomEnd = {
  readonly send: (frame: Uint8Array<ArrayBuffer>) => void;
  readonly close: (closeCode: number, reason: FailureCode) => void;
  /** When anything, a ping included, last came through. */
  readonly heardAtMs: () => number;
};

/** The room object with the real rules of `durable-objects/room`, storage and sockets in memory. */
export type FakeRoom = {
  readonly state: () => RoomState;
  readonly connect: (
    entrant: Pick<RoomSocket, "memberId" | "role" | "delegation" | "jti" | "addressTag">,
    end: RoomEnd,
  ) => SocketId;
  readonly hear: (socketId: SocketId, frame: Uint8Array<ArrayBuffer>) => void;
  readonly closed: (socketId: SocketId) => void;
  /** Says to a member what no rule asks for: what a hostile service can do. */
  readonly say: (to: MemberId, message: RoomMessage) => void;
  /** The object leaves memory and is loaded again; sockets stay, by their attachments. */
  readonly evict: () => void;
  /** Puts another state in the place of the present one: other limits, another policy. */
  readonly amend: (change: (state: RoomState) => RoomState) => void;
  /** A second object that begins where this one is, as a hostile service can keep it; it has no socket. */
  readonly branch: () => FakeRoom;
  /** Takes a socket over from another branch. */
  readonly adopt: (socketId: SocketId, end: RoomEnd, from: FakeRoom) => void;
  /** Sends no more to a socket that another branch has taken over. */
  readonly release: (socketId: SocketId) => void;
};

/** Changes what the room sends, or holds it back: what a hostile service can do. */
export type Tamper = (to: RoomSocket, message: RoomMessage) => RoomMessage | undefined;

type FakeRoomOptions = {
  readonly roomId: RoomId;
  readonly time: SettlingTime;
  readonly tamper: () => Tamper;
};

/** A room as its creation leaves it. */
export function createFakeRoom(
  options: FakeRoomOptions & {
    readonly record: Extract<RoomEvent, { readonly type: "created" }>["room"];
    readonly limits: RoomLimits;
  },
): FakeRoom {
  const { record: room, limits } = options;
  const atMs = options.time.clock.nowMs();
  return runRoom(options, reduce(emptyRoom(limits), { type: "created", room, atMs }).state);
}

function runRoom(options: FakeRoomOptions, first: RoomState): FakeRoom {
  const { roomId, time } = options;
  const { clock } = time;
  const ends = new Map<SocketId, RoomEnd>();
  const buckets = new Map<SocketId, Bucket>();
  const waiting = new Map<SocketId, Uint8Array<ArrayBuffer>[]>();
  const usedTokens = new Set<string>();
  let state = first;
  let cancelAlarm = (): void => {};

  function handle(event: RoomEvent): void {
    const step = reduce(state, event);
    state = step.state;
    for (const effect of step.effects) run(effect);
    cancelAlarm();
    const nextMs = nextDeadlineMs(state);
    if (nextMs === undefined) return;
    cancelAlarm = clock.after(Math.max(1, nextMs - clock.nowMs()), () =>
      handle({ type: "tick", atMs: clock.nowMs() }),
    );
  }

  function run(effect: Effect): void {
    switch (effect.type) {
      case "send":
        for (const socketId of effect.to) send(socketId, effect.message);
        return;
      case "send-frame": {
        const message = roomMessageCodec.decode(effect.frame);
        if (!message.ok) throw new Error("the room passed on what can't be read");
        for (const socketId of effect.to) send(socketId, message.value);
        return;
      }
      case "close": {
        const end = ends.get(effect.socketId);
        ends.delete(effect.socketId);
        end?.close(effect.closeCode, effect.reason);
        return;
      }
      case "verify":
        return whileChecking(effect.socketId, verify(effect));
      case "check-signer":
        return whileChecking(effect.socketId, checkSigner(effect));
      case "tell-gone": {
        const { to, memberId, target } = effect;
        const end = target && ends.get(target);
        const gone = end === undefined || isSilent(end.heardAtMs(), clock.nowMs(), state.limits);
        return send(to, { type: "gone", memberId, gone });
      }
      case "forget-room":
        state = emptyRoom(state.limits);
    }
  }

  function send(to: SocketId, message: RoomMessage): void {
    const socket = state.sockets.get(to);
    const told = socket === undefined ? message : options.tamper()(socket, message);
    if (told !== undefined) ends.get(to)?.send(roomMessageCodec.encode(told));
  }

  function whileChecking(socketId: SocketId, check: Promise<RoomEvent>): void {
    waiting.set(socketId, []);
    const heard = check.then((event) => {
      const held = waiting.get(socketId) ?? [];
      waiting.delete(socketId);
      handle(event);
      for (const frame of held) hear(socketId, frame);
    });
    void time.track(heard);
  }

  async function checkSigner(
    effect: Extract<Effect, { readonly type: "check-signer" }>,
  ): Promise<RoomEvent> {
    const { socketId, message } = effect;
    const signer = await signerOf(roomId, message);
    return { type: "signer-checked", socketId, message, signer, atMs: clock.nowMs() };
  }

  async function verify(effect: Extract<Effect, { readonly type: "verify" }>): Promise<RoomEvent> {
    const { socketId, memberId, jti, nonce, roomDeviceKey, signature } = effect;
    const bound = boundBytes(LABELS.socket, roomId, nonce, jti);
    const isValid =
      (await deriveMemberId(roomDeviceKey)) === memberId &&
      (await verifyEd25519(roomDeviceKey, signature, bound));
    const verdict = !isValid ? "invalid" : usedTokens.has(jti) ? "replayed" : "valid";
    usedTokens.add(jti);
    return { type: "verified", socketId, verdict, atMs: clock.nowMs() };
  }

  function hear(socketId: SocketId, frame: Uint8Array<ArrayBuffer>): void {
    if (!ends.has(socketId)) return;
    const held = waiting.get(socketId);
    if (held !== undefined) {
      held.push(frame);
      return;
    }
    const atMs = clock.nowMs();
    const { limits } = state;
    const taken = takeToken(buckets.get(socketId) ?? fullBucket(limits, atMs), atMs, limits);
    buckets.set(socketId, taken.bucket);
    if (taken.verdict === "taken") handle(readFrame(socketId, frame.slice().buffer, atMs, state));
    else if (taken.verdict !== "dropped")
      handle({ type: "flood", socketId, goesOn: taken.verdict === "closed", atMs });
  }

  return {
    state: () => state,
    connect: (entrant, end) => {
      const socketId = crypto.randomUUID() as string as SocketId;
      ends.set(socketId, end);
      const nonce = crypto.getRandomValues(new Uint8Array(32));
      handle({ type: "connect", socketId, nonce, ...entrant, atMs: clock.nowMs() });
      return socketId;
    },
    hear,
    closed: (socketId) => {
      ends.delete(socketId);
      handle({ type: "closed", socketId, atMs: clock.nowMs() });
    },
    say: (to, message) => {
      for (const [socketId, { memberId }] of state.sockets) {
        if (memberId === to) ends.get(socketId)?.send(roomMessageCodec.encode(message));
      }
    },
    evict: () => {
      const sockets = [...state.sockets].map(([socketId, socket]) => {
        const kept = decodeAttachment(encodeAttachment(socket));
        if (kept === undefined) throw new Error("attachment: its own can't be read");
        return [socketId, kept] as const;
      });
      buckets.clear();
      state = { ...state, sockets: new Map(sockets) };
      handle({ type: "woken", atMs: clock.nowMs() });
    },
    amend: (change) => {
      state = change(state);
    },
    branch: () => runRoom(options, { ...state, sockets: new Map() }),
    adopt: (socketId, end, from) => {
      ends.set(socketId, end);
      state = withSocket(state, socketId, from.state().sockets.get(socketId));
      from.release(socketId);
    },
    release: (socketId) => {
      ends.delete(socketId);
    },
  };
}
