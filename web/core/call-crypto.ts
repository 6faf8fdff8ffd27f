import type { Role } from "../../protocol/delegation.ts";
import type { HostLink } from "../../protocol/host-link.ts";
import type { CreateRoomBody, TokenRequestBody } from "../../protocol/http.ts";
import type { Epoch, GroupId, LeafIndex, MemberId, RoomId, Seq } from "../../protocol/ids.ts";
import type { CallAdmission, PolicyChanges } from "./call-admission.ts";
import type { Mode } from "../../protocol/policy.ts";
import type { Result } from "../../protocol/result.ts";
import type { SecurityCode } from "../../protocol/security-code.ts";
import type { SignalBody } from "../../protocol/signal.ts";

/** One leaf of the group's tree, verified (SPEC LEAF-2). Who is in this list can decrypt; nobody else can. */
export type GroupMember = {
  readonly leaf: LeafIndex;
  readonly memberId: MemberId;
  /** Ed25519, base64url: the same for one browser profile in every room. */
  readonly identityKey: string;
  readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
  /** What the policy says of this leaf's identity. */
  readonly role: Role | undefined;
};

/** One entry of the policy's roles. Without an identity: a host link that nobody has taken yet. */
export type GroupRoleView = {
  readonly identityKey: string | undefined;
  readonly memberId: MemberId | undefined;
  readonly role: Role;
  /** What withdraws it; 0 for the host's own devices. */
  readonly delegationSerial: number;
};

/** What the page may know of the group. No key is in it. */
export type GroupView = {
  readonly groupId: GroupId;
  readonly epoch: Epoch;
  readonly ownLeaf: LeafIndex;
  readonly members: readonly GroupMember[];
  readonly mode: Mode;
  readonly locked: boolean;
  readonly capacity: number;
  readonly policySerial: number;
  readonly roles: readonly GroupRoleView[];
  readonly bans: readonly { readonly memberId: MemberId; readonly identityKey: string }[];
  /** In whose name this device may change the policy, admit and remove. */
  readonly ownRole: Role | undefined;
};

/** A commit that is made but not installed: it counts once the room has taken it. */
export type PendingCommit = {
  readonly groupId: GroupId;
  /** The epoch the commit is of; installing it leads to the next. */
  readonly epoch: Epoch;
  /** Sealed. */
  readonly commit: Uint8Array<ArrayBuffer>;
  readonly commitHash: Uint8Array<ArrayBuffer>;
  /** Sealed GroupInfo of the next epoch; none where one must be admitted (SPEC TICKET-6). */
  readonly groupInfo: Uint8Array<ArrayBuffer> | undefined;
  /** What goes beside a commit that changes the policy: SPEC DOOR-1. */
  readonly doorChange: Uint8Array<ArrayBuffer> | undefined;
  /** Of a commit of kind `host-link`: to be shown once the commit is taken. */
  readonly hostLink: HostLink | undefined;
  /** The group as it will be. */
  readonly view: GroupView;
};

export type GroupChange = {
  readonly kind: "join" | "resync" | "bye" | "gone" | "update" | "policy" | "kick";
  readonly committer: LeafIndex;
  readonly added: LeafIndex | undefined;
  readonly removed: readonly LeafIndex[];
};

/** What became of an entry of the log: SPEC LOG-2. `newSecret`: the link was replaced, and this is what the new one carries. Where it removed this device, `view.members` has no `view.ownLeaf`, and the group and its keys are forgotten. */
export type Verdict =
  | {
      readonly type: "applied";
      readonly change: GroupChange;
      readonly view: GroupView;
      readonly newSecret: Uint8Array<ArrayBuffer> | undefined;
    }
  | { readonly type: "refused"; readonly code: string }
  | { readonly type: "skipped" };

export type MemberCommit =
  | { readonly kind: "update" }
  /** Goodbyes as `openBye` returned them. */
  | { readonly kind: "bye"; readonly byes: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly kind: "gone"; readonly leaves: readonly LeafIndex[] }
  | { readonly kind: "policy"; readonly changes: PolicyChanges }
  /** Removes and bans. In an open room it turns knocking on and replaces the link, for a private window has other keys. */
  | { readonly kind: "kick"; readonly leaves: readonly LeafIndex[] }
  /** A link by which whoever opens it is host or co-host. For the host key alone. */
  | { readonly kind: "host-link"; readonly role: Role; readonly expiresAtSec: number };

/** What a member says of an epoch: SPEC PAIR-3. */
export type EpochStatement = {
  readonly epoch: Epoch;
  readonly transcript: Uint8Array<ArrayBuffer>;
  readonly fork: Uint8Array<ArrayBuffer>;
};

export type CryptoFailure = {
  readonly code:
    | "storage-blocked"
    | "webcrypto-unavailable"
    | "policy-invalid"
    | "policy-older"
    | "group-info-invalid"
    | "group-info-other-link"
    | "call-full"
    | "banned"
    | "admission-required"
    | "link-replaced"
    | "link-host-part-altered"
    | "not-host"
    /** The filter of every other member would refuse this commit (too many `gone`, a leaf that is no more). */
    | "commit-not-allowed"
    | "no-group"
    | "crypto-worker-lost";
};

export type SignalFailure = {
  readonly code:
    | "signal-malformed"
    | "signal-unopened"
    | "signal-forged"
    | "signal-replayed"
    | "signal-epoch-unknown";
};

/** What a member is bound by, and what it then reveals, for the security code. SPEC VERIFY-2, VERIFY-3. */
export type LeafCommit = { readonly leaf: LeafIndex; readonly commit: Uint8Array<ArrayBuffer> };
export type LeafNonce = { readonly leaf: LeafIndex; readonly nonce: Uint8Array<ArrayBuffer> };

export type CodeFailure =
  | {
      readonly code:
        | "code-run-other"
        | "code-commits-incomplete"
        | "code-commits-changed"
        | "code-nonces-incomplete";
    }
  /** That leaf revealed another nonce than it was bound by. */
  | { readonly code: "code-nonce-mismatch"; readonly leaf: LeafIndex };

/**
 * Every key of a session, in the crypto worker. No method takes or gives a key; the link secret goes in once.
 *
 * One instance serves one room. Calls are answered in the order they were made.
 */
export type CallCrypto = CallAdmission & {
  /** Makes a host key and a link secret; the host key stays in this profile. `secret` is what the link carries. */
  readonly newRoom: (room: { readonly mode: Mode }) => Promise<
    Result<
      {
        readonly roomId: RoomId;
        readonly secret: Uint8Array<ArrayBuffer>;
        readonly body: CreateRoomBody;
      },
      CryptoFailure
    >
  >;
  /** Loads or makes the profile's identity key and this room's device key. With storage blocked the keys last as long as the page (`kept: false`). */
  readonly openRoom: (room: {
    readonly roomId: RoomId;
    readonly secret: Uint8Array<ArrayBuffer>;
    /** Of the session's DTLS certificate. */
    readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
    /** Highest policy serial this device has seen. */
    readonly policyFloor: number;
    /** Of a host link: kept from then on, so the page may forget it. */
    readonly hostLink?: HostLink | undefined;
  }) => Promise<Result<{ readonly memberId: MemberId; readonly kept: boolean }, CryptoFailure>>;
  /** With the proof of a host, where this device holds the host key or a host link. */
  readonly tokenRequest: (atSec: number) => Promise<TokenRequestBody>;
  /** Forgets the host link this device holds: it has run out, or was withdrawn. */
  readonly dropHostLink: () => Promise<void>;
  /** Answers the room's challenge: SPEC SOCKET-2. */
  readonly prove: (challenge: {
    readonly nonce: Uint8Array<ArrayBuffer>;
    readonly jti: string;
  }) => Promise<{
    readonly roomDeviceKey: Uint8Array<ArrayBuffer>;
    readonly signature: Uint8Array<ArrayBuffer>;
  }>;

  /** Makes a group of one under the room's sealed policy, and installs it. */
  readonly createGroup: (
    policy: Uint8Array<ArrayBuffer>,
  ) => Promise<
    Result<
      { readonly groupInfo: Uint8Array<ArrayBuffer> | undefined; readonly view: GroupView },
      CryptoFailure
    >
  >;
  /** Makes the external commit from a sealed GroupInfo, of the lobby or in answer to a ticket; a resync where a leaf of ours is in the tree. Replaces an older pending commit. */
  readonly prepareJoin: (room: {
    readonly groupInfo: Uint8Array<ArrayBuffer>;
    readonly policy: Uint8Array<ArrayBuffer>;
  }) => Promise<Result<PendingCommit, CryptoFailure>>;
  readonly prepareCommit: (commit: MemberCommit) => Promise<Result<PendingCommit, CryptoFailure>>;
  /** The room took the pending commit: it is the group now. */
  readonly installPending: () => Promise<{
    readonly view: GroupView;
    readonly change: GroupChange;
    readonly newSecret: Uint8Array<ArrayBuffer> | undefined;
  }>;
  readonly discardPending: () => Promise<void>;
  /** Judges one entry of the log by the whole filter, and applies it if it passes. Entries come in order of seq. */
  readonly judge: (entry: {
    readonly seq: Seq;
    readonly epoch: Epoch;
    readonly commit: Uint8Array<ArrayBuffer>;
    readonly doorChange?: Uint8Array<ArrayBuffer> | undefined;
  }) => Promise<Verdict>;
  /** Sealed GroupInfo of the group as it is; none where one must be admitted. */
  readonly groupInfo: () => Promise<{
    readonly epoch: Epoch;
    readonly groupInfo: Uint8Array<ArrayBuffer> | undefined;
  }>;

  /** Seals for one leaf; `pending`: by the keys of the pending commit, so that it may travel right behind it. */
  readonly sealSignal: (signal: {
    readonly toLeaf: LeafIndex;
    readonly body: SignalBody;
    readonly pending: boolean;
  }) => Promise<Uint8Array<ArrayBuffer>>;
  readonly openSignal: (
    signal: Uint8Array<ArrayBuffer>,
  ) => Promise<
    Result<
      { readonly fromLeaf: LeafIndex; readonly from: MemberId; readonly body: SignalBody },
      SignalFailure
    >
  >;
  /** Bytes of the `hello` pair message for a peer, at the current epoch. */
  readonly pairHello: (peerLeaf: LeafIndex) => Promise<Uint8Array<ArrayBuffer>>;
  readonly checkPairHello: (
    peerLeaf: LeafIndex,
    hello: Uint8Array<ArrayBuffer>,
  ) => Promise<boolean>;
  readonly statement: () => Promise<EpochStatement>;
  /** `unknown`: an epoch not held (ahead, or long past). */
  readonly checkStatement: (statement: EpochStatement) => Promise<"agrees" | "forked" | "unknown">;
  readonly sealCast: (content: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
  readonly openCast: (cast: Uint8Array<ArrayBuffer>) => Promise<
    Result<
      {
        readonly fromLeaf: LeafIndex;
        readonly from: MemberId;
        readonly content: Uint8Array<ArrayBuffer>;
      },
      { readonly code: "cast-unopened" }
    >
  >;
  readonly sealBye: () => Promise<Uint8Array<ArrayBuffer>>;
  /** The goodbye's leaf, and the record a `bye` commit carries; signature verified. */
  readonly openBye: (
    bye: Uint8Array<ArrayBuffer>,
  ) => Promise<
    Result<
      { readonly leaf: LeafIndex; readonly from: MemberId; readonly bye: Uint8Array<ArrayBuffer> },
      { readonly code: "bye-invalid" }
    >
  >;

  /** Our commit in the run of the epoch that last changed who is in the group; the same as often as asked. */
  readonly codeCommit: () => Promise<{
    readonly epoch: Epoch;
    readonly commit: Uint8Array<ArrayBuffer>;
  }>;
  /** Our nonce, against one commit of every other leaf; of these, the first given are held to. */
  readonly codeReveal: (given: {
    readonly epoch: Epoch;
    readonly commits: readonly LeafCommit[];
  }) => Promise<Result<Uint8Array<ArrayBuffer>, CodeFailure>>;
  /** The code, from one nonce of every other leaf; each is checked against its commit. */
  readonly codeOpen: (given: {
    readonly epoch: Epoch;
    readonly nonces: readonly LeafNonce[];
  }) => Promise<Result<SecurityCode, CodeFailure>>;

  /** Whose frames a link carries; until bound, and after `undefined`, its transforms drop every frame. */
  readonly bindLink: (link: {
    readonly linkId: string;
    readonly peerLeaf: LeafIndex | undefined;
  }) => Promise<void>;
  /** The peer said that it is at this epoch: the link's sender may switch (SPEC EPOCH-1). */
  readonly confirmEpoch: (peer: {
    readonly peerLeaf: LeafIndex;
    readonly epoch: Epoch;
  }) => Promise<void>;
  /** Forgets the group and its keys, and closes every link. */
  readonly endGroup: () => Promise<void>;
  /** The worker died and came back empty: only a resync helps. */
  readonly onLost: (listener: () => void) => void;
};
