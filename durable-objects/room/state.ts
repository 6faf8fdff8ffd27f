import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { HostSigner } from "../../protocol/delegation.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { TokenClaims } from "../../protocol/http.ts";
import type { Epoch, GroupId, MemberId, Seq } from "../../protocol/ids.ts";
import type { LIMITS } from "../../protocol/limits.ts";
import type { DoorPolicy } from "../../protocol/policy.ts";
import type { RoomMessage } from "../../protocol/room-messages.ts";

/** The bounds a room keeps to: `LIMITS`, or what an operator or a test put in their place. */
export type RoomLimits = { readonly [Name in keyof typeof LIMITS]: number };

declare const socketIdBrand: unique symbol;
/** Name of one socket for as long as it is open, hibernation included. Given by the server, never sent. */
export type SocketId = string & { readonly [socketIdBrand]: true };

/** What says who may come in. */
export type Door = {
  /** The door policy as it was signed. */
  readonly signedPolicy: Uint8Array<ArrayBuffer>;
  readonly policy: DoorPolicy;
  /** The group policy that says the same, for members. */
  readonly sealedPolicy: Uint8Array<ArrayBuffer>;
};

/** What the creator left, and what became of it. */
export type RoomRecord = {
  readonly hostPublicKey: Uint8Array<ArrayBuffer>;
  /** Of the first link. */
  readonly accessHash: Uint8Array<ArrayBuffer>;
  /** Of links that were in force before the one of `door`. */
  readonly retiredAccessHashes: readonly Uint8Array<ArrayBuffer>[];
  readonly made: Door;
  /** What the changes made of it that are no longer in the log. SPEC DOOR-4. */
  readonly door: Door;
  /** Calls that a host ended. SPEC END-1. */
  readonly endedForGood: readonly GroupId[];
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
};

/** What a commit changes at the door. `bytes` is CBOR of a `DoorChange`. */
export type DoorChanged = { readonly bytes: Uint8Array<ArrayBuffer>; readonly door: Door };

/** One entry of the commit log with what the others said of it. SPEC LOG-1. */
export type LogEntry = {
  readonly seq: Seq;
  readonly epoch: Epoch;
  /** The entry that counted for this one's epoch when it was taken, and so the one it builds on. */
  readonly parent: Seq;
  readonly from: MemberId;
  readonly kind: "join" | "member";
  readonly commit: Uint8Array<ArrayBuffer>;
  readonly commitHash: Uint8Array<ArrayBuffer>;
  /** What it changes at the door, as it came and as it was read. SPEC DOOR-1. */
  readonly doorChange: DoorChanged | undefined;
  readonly takenAtMs: number;
  /** The others had their time to object. SPEC LOG-6. */
  readonly settled: boolean;
  readonly appliedBy: readonly MemberId[];
  readonly refusedBy: readonly MemberId[];
  /** When the last `refused` came. */
  readonly refusedAtMs: number | undefined;
};

export type KeptGroupInfo = {
  readonly epoch: Epoch;
  readonly groupInfo: Uint8Array<ArrayBuffer>;
};

/** A place in the log: an epoch, and the seq of the entry that led to it. */
export type LogStart = { readonly epoch: Epoch; readonly seq: Seq };

export type CommitLog = {
  readonly start: LogStart;
  /** Ascending, without gaps, at most `commitsKept`. */
  readonly entries: readonly LogEntry[];
  /** By the seq of the entry they follow from. */
  readonly groupInfos: ReadonlyMap<Seq, KeptGroupInfo>;
};

/** SPEC GROUP-4. `stray`: its MLS state is not the group's until it joins again. */
export type CallMember = { readonly stray: boolean } & (
  | { readonly phase: "present" }
  | { readonly phase: "lost"; readonly sinceMs: number }
  | { readonly phase: "left" }
);

export type Turn = { readonly socketId: SocketId; readonly expiresAtMs: number };

export type Group = {
  readonly groupId: GroupId;
  readonly log: CommitLog;
  readonly members: ReadonlyMap<MemberId, CallMember>;
  /** Whom a host let in, and whose knocks a host will not hear. SPEC KNOCK-5, KNOCK-6. */
  readonly admitted: readonly MemberId[];
  readonly blocked: readonly MemberId[];
  /** Who waits for a turn to commit, first come first. */
  readonly queue: readonly SocketId[];
  readonly turn: Turn | undefined;
  /** Since when no socket of the call is there. */
  readonly emptySinceMs: number | undefined;
};

/** What is kept of a group that ended, so that its members may publish it again. SPEC GROUP-3. */
export type EndedGroup = {
  readonly groupId: GroupId;
  readonly epoch: Epoch;
  readonly lastSeq: Seq;
  readonly memberIds: readonly MemberId[];
  readonly admitted: readonly MemberId[];
  readonly blocked: readonly MemberId[];
  readonly endedAtMs: number;
};

/** What outlives every socket. */
export type StoredRoom = {
  readonly room: RoomRecord | undefined;
  readonly group: Group | undefined;
  readonly ended: EndedGroup | undefined;
};

export type Role = TokenClaims["role"];

/** The last ticket a socket showed. SPEC TICKET-7. */
export type ShownTicket = {
  readonly atMs: number;
  /** Since when one of them is without an answer. */
  readonly unansweredSinceMs: number | undefined;
  /** To whom it was relayed. */
  readonly askedOf: MemberId | undefined;
};

/** One open socket: what its attachment holds. */
export type RoomSocket = {
  readonly memberId: MemberId;
  /** By the word of the token. What holds now, `roleOf` says. */
  readonly role: Role;
  /** Serial of the delegation shown for it; 0: the host key itself. */
  readonly delegation: number | undefined;
  readonly jti: string;
  readonly addressTag: string;
  readonly connectedAtMs: number;
  /** When it last sent what no honest client sends. SPEC WIRE-3. */
  readonly strikesAtMs: readonly number[];
} & (
  | { readonly phase: "challenged"; readonly nonce: Uint8Array<ArrayBuffer> }
  | {
      readonly phase: "visiting";
      /** Sealed; it ends with the socket. SPEC KNOCK-2, KNOCK-4. */
      readonly knock: Uint8Array<ArrayBuffer> | undefined;
      /** When the last knock came, withdrawn ones included. */
      readonly knockedAtMs: number | undefined;
      readonly ticket: ShownTicket | undefined;
    }
  | { readonly phase: "in-call" }
);

export type RoomState = StoredRoom & {
  readonly sockets: ReadonlyMap<SocketId, RoomSocket>;
  readonly limits: RoomLimits;
};

/** Messages that hold a host's signature. */
export type HostSigned = Extract<ClientMessage, { readonly type: "commit" | "end" }>;

/** Everything that happens to a room. Time and randomness come with it. */
export type RoomEvent = { readonly atMs: number } & (
  | {
      readonly type: "created";
      readonly room: Pick<RoomRecord, "hostPublicKey" | "accessHash"> & { readonly door: Door };
    }
  /** Somebody was let through the door by the edge. */
  | { readonly type: "used" }
  | ({
      readonly type: "connect";
      readonly socketId: SocketId;
      readonly nonce: Uint8Array<ArrayBuffer>;
    } & Pick<RoomSocket, "memberId" | "role" | "delegation" | "jti" | "addressTag">)
  | { readonly type: "message"; readonly socketId: SocketId; readonly message: ClientMessage }
  /** A cast for the live group, as its frame stands. The frame is the room's to write into. */
  | {
      readonly type: "cast";
      readonly socketId: SocketId;
      readonly frame: Uint8Array<ArrayBuffer>;
    }
  /** A frame that could not be read. */
  | { readonly type: "unread"; readonly socketId: SocketId; readonly code: FailureCode }
  /** The socket's bucket ran dry: told once, closed when it goes on. */
  | { readonly type: "flood"; readonly socketId: SocketId; readonly goesOn: boolean }
  /** What came of an effect `verify`. */
  | {
      readonly type: "verified";
      readonly socketId: SocketId;
      readonly verdict: "valid" | "invalid" | "replayed";
    }
  /** What came of an effect `check-signer`: who signed what the message holds, if it was signed for this room. */
  | {
      readonly type: "signer-checked";
      readonly socketId: SocketId;
      readonly message: HostSigned;
      readonly signer: HostSigner | undefined;
    }
  | { readonly type: "closed"; readonly socketId: SocketId }
  /** The object was loaded again, with the sockets that are still open. */
  | { readonly type: "woken" }
  | { readonly type: "tick" }
);

/** What the server is asked to do. */
export type Effect =
  | {
      readonly type: "send-frame";
      readonly to: readonly SocketId[];
      readonly frame: Uint8Array<ArrayBuffer>;
    }
  | { readonly type: "send"; readonly to: readonly SocketId[]; readonly message: RoomMessage }
  | {
      readonly type: "close";
      readonly socketId: SocketId;
      readonly closeCode: number;
      readonly reason: FailureCode;
    }
  /** Check SIGN-9 and that the key belongs to the member, then use up the `jti`; answer with event `verified`. */
  | {
      readonly type: "verify";
      readonly socketId: SocketId;
      readonly memberId: MemberId;
      readonly jti: string;
      readonly nonce: Uint8Array<ArrayBuffer>;
      readonly roomDeviceKey: Uint8Array<ArrayBuffer>;
      readonly signature: Uint8Array<ArrayBuffer>;
    }
  /** Check the host's signature in a door change (SIGN-3) or an end (SIGN-6); answer with event `signer-checked`. */
  | { readonly type: "check-signer"; readonly socketId: SocketId; readonly message: HostSigned }
  /** Look when the runtime last answered a ping of `target` and tell `to`. SPEC ROOM-4. */
  | {
      readonly type: "tell-gone";
      readonly to: SocketId;
      readonly memberId: MemberId;
      readonly target: SocketId | undefined;
    }
  /** Delete all that is stored. */
  | { readonly type: "forget-room" };

export type Step = { readonly state: RoomState; readonly effects: readonly Effect[] };

export const step = (state: RoomState, ...effects: readonly Effect[]): Step => ({ state, effects });

/** Goes on from where `before` ended, keeping its effects in front. */
export function andThen(before: Step, next: (state: RoomState) => Step): Step {
  const after = next(before.state);
  return { state: after.state, effects: [...before.effects, ...after.effects] };
}

export const emptyRoom = (limits: RoomLimits): RoomState => ({
  room: undefined,
  group: undefined,
  ended: undefined,
  sockets: new Map(),
  limits,
});

/** A copy of a map with one entry set, or taken out for `undefined`. */
export function withEntry<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value | undefined,
): ReadonlyMap<Key, Value> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

export const withSocket = (
  state: RoomState,
  socketId: SocketId,
  socket: RoomSocket | undefined,
): RoomState => ({ ...state, sockets: withEntry(state.sockets, socketId, socket) });

export const failure = (
  to: SocketId,
  code: FailureCode,
  about?: string,
  retryAfterMs?: number,
): Effect => ({ type: "send", to: [to], message: { type: "failure", code, about, retryAfterMs } });
