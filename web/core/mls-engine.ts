import type { Epoch, GroupId, LeafIndex, MemberId, RoomId } from "../../protocol/ids.ts";
import type { GroupPolicy } from "../../protocol/policy.ts";
import type { Result } from "../../protocol/result.ts";
import type { Ticket } from "../../protocol/ticket.ts";

/** Whose leaf this device is. The private key is a handle and need not be extractable. */
export type SelfLeaf = {
  readonly signingKey: CryptoKey;
  /** Raw Ed25519 public key of `signingKey`: the MLS signature key. */
  readonly identityKey: Uint8Array<ArrayBuffer>;
  /** A leaf credential (SPEC LEAF-1), signed for the group it is used in. */
  readonly credential: Uint8Array<ArrayBuffer>;
};

/** An X25519 key pair. The private half is a handle and need not be extractable. */
export type HpkeKey = {
  readonly privateKey: CryptoKey;
  readonly publicKey: Uint8Array<ArrayBuffer>;
};

/** One leaf of the tree, verified by SPEC LEAF-2. */
export type MlsMember = {
  readonly leaf: LeafIndex;
  readonly memberId: MemberId;
  readonly identityKey: Uint8Array<ArrayBuffer>;
  readonly dtlsFingerprint: Uint8Array<ArrayBuffer>;
  /** X25519: what tickets for this member name. */
  readonly ticketKey: Uint8Array<ArrayBuffer>;
  readonly credential: Uint8Array<ArrayBuffer>;
  /** HPKE key of the leaf node: another one whenever the member commits, joins or comes back. */
  readonly encryptionKey: Uint8Array<ArrayBuffer>;
};

/** How many members one identity called `gone` in the commit of one epoch. SPEC MLS-8. */
export type GoneRow = {
  readonly epoch: number;
  readonly remover: Uint8Array<ArrayBuffer>;
  readonly count: number;
};

declare const secrets: unique symbol;
/** Tree, key schedule and keys: for the engine alone. */
export type MlsSecrets = { readonly [secrets]: never };

/**
 * The group at one epoch, as this member has it. Immutable: every step gives a new one, so a pending
 * commit is merely a group that is not used yet, and the one before it stays good.
 */
export type MlsGroup = {
  readonly roomId: RoomId;
  readonly groupId: GroupId;
  readonly epoch: Epoch;
  readonly ownLeaf: LeafIndex;
  /** In order of leaf. */
  readonly members: readonly MlsMember[];
  readonly policy: GroupPolicy;
  /** The signed policy's bytes, as they lie in the GroupContext. */
  readonly signedPolicy: Uint8Array<ArrayBuffer>;
  readonly confirmedTranscriptHash: Uint8Array<ArrayBuffer>;
  readonly goneLedger: readonly GoneRow[];
  readonly secrets: MlsSecrets;
};

/** A leaf's signed word that it left. SPEC SIGN-10. */
export type Bye = {
  readonly epoch: Epoch;
  readonly leaf: LeafIndex;
  readonly signature: Uint8Array<ArrayBuffer>;
};

/** What a commit did, once it passed the filter. */
export type MlsChange = {
  readonly kind: "join" | "resync" | "bye" | "gone" | "update" | "policy" | "kick";
  readonly committer: LeafIndex;
  /** Who came in, or came back: of a join or a resync. */
  readonly added: MlsMember | undefined;
  /** Who was removed, as they were; of a resync the leaf that was replaced. */
  readonly removed: readonly MlsMember[];
  /** SHA-256 of the signed door policy that a commit with a new policy names. SPEC DOOR-1. */
  readonly doorPolicyHash: Uint8Array<ArrayBuffer> | undefined;
};

/** A commit made but not installed. `group` counts once the room has taken the commit. */
export type MlsPending = {
  readonly group: MlsGroup;
  /** MLSMessage (RFC 9420 §6), of the epoch before `group`'s. */
  readonly commit: Uint8Array<ArrayBuffer>;
  /** MLSMessage with the GroupInfo of `group`'s epoch. */
  readonly groupInfo: Uint8Array<ArrayBuffer>;
  readonly change: MlsChange;
};

/** What became of us by a commit that passed: we go on in a new epoch, or were removed. */
export type MlsJudged =
  | { readonly type: "continues"; readonly group: MlsGroup; readonly change: MlsChange }
  | { readonly type: "removed"; readonly change: MlsChange };

/** Why a GroupInfo is not one to join by. SPEC MLS-9. */
export type GroupInfoFailureCode =
  | "group-info-malformed"
  | "group-info-too-large"
  | "group-info-invalid"
  | "group-other"
  | "extension-unexpected"
  | "leaf-invalid"
  | "leaf-duplicate"
  | "policy-invalid"
  | "policy-older"
  | "ledger-malformed";

/** Why a commit is refused. Every receiver in the same epoch comes to the same one. SPEC MLS-2 to MLS-8. */
export type CommitFailureCode =
  | "commit-malformed"
  | "commit-too-large"
  | "commit-invalid"
  | "group-other"
  | "epoch-past"
  | "epoch-ahead"
  | "framing-refused"
  | "proposal-refused"
  | "proposal-by-reference"
  | "authenticated-data-unknown"
  | "removal-not-allowed"
  | "removal-mismatch"
  | "extension-unexpected"
  | "policy-invalid"
  | "policy-serial"
  | "policy-not-allowed"
  | "leaf-invalid"
  | "leaf-changed"
  | "leaf-duplicate"
  | "resync-other-member"
  | "banned"
  | "admission-required"
  | "ticket-invalid"
  | "ticket-other-identity"
  | "ticket-withdrawn"
  | "door-not-named"
  | "call-full"
  | "bye-invalid"
  | "bye-expired"
  | "gone-limit"
  | "state-mismatch";

export type GroupInfoFailure = { readonly code: GroupInfoFailureCode };
export type CommitFailure = { readonly code: CommitFailureCode };

/**
 * MLS (RFC 9420, suite 1) under the rules of SPEC MLS-1 to MLS-9.
 *
 * Takes and gives MLSMessages; sealing them in envelopes is the caller's. Judges by shared state alone:
 * no clock, no network, so all members come to one verdict. Nothing a peer sends makes it throw.
 */
export type MlsEngine = {
  /** Makes a group of one at epoch 0 under a signed policy of this room. */
  readonly createGroup: (options: {
    readonly roomId: RoomId;
    readonly groupId: GroupId;
    readonly signedPolicy: Uint8Array<ArrayBuffer>;
    readonly self: SelfLeaf;
  }) => Promise<
    Result<
      { readonly group: MlsGroup; readonly groupInfo: Uint8Array<ArrayBuffer> },
      GroupInfoFailure
    >
  >;

  /** Reads a GroupInfo and checks all of SPEC MLS-9, so that a lobby can say who is in the call. */
  readonly inspectGroupInfo: (options: {
    readonly roomId: RoomId;
    readonly groupId: GroupId;
    readonly groupInfo: Uint8Array<ArrayBuffer>;
    /** Highest policy serial this device has seen of the room. */
    readonly policyFloor: number;
  }) => Promise<
    Result<
      {
        readonly epoch: Epoch;
        readonly members: readonly MlsMember[];
        readonly policy: GroupPolicy;
      },
      GroupInfoFailure
    >
  >;

  /** External commit from a GroupInfo; a resync where a leaf with our identity key is in its tree. */
  readonly joinByExternalCommit: (options: {
    readonly roomId: RoomId;
    readonly groupId: GroupId;
    readonly groupInfo: Uint8Array<ArrayBuffer>;
    readonly self: SelfLeaf;
    readonly policyFloor: number;
    /** Used where the policy asks for one: SPEC TICKET-4. */
    readonly ticket?: Ticket | undefined;
  }) => Promise<Result<MlsPending, GroupInfoFailure | CommitFailure>>;

  readonly commitUpdate: (group: MlsGroup) => Promise<Result<MlsPending, CommitFailure>>;
  /** Removes those who said goodbye. One bad `Bye` spoils the commit: check each by `verifyBye` first. */
  readonly commitRemoveBye: (
    group: MlsGroup,
    byes: readonly Bye[],
  ) => Promise<Result<MlsPending, CommitFailure>>;
  readonly commitRemoveGone: (
    group: MlsGroup,
    leaves: readonly LeafIndex[],
  ) => Promise<Result<MlsPending, CommitFailure>>;
  /** Replaces the policy; as host or co-host, removes leaves with it. */
  readonly commitPolicy: (
    group: MlsGroup,
    policy: {
      readonly signedPolicy: Uint8Array<ArrayBuffer>;
      readonly doorPolicyHash: Uint8Array<ArrayBuffer>;
      readonly removes: readonly LeafIndex[];
    },
  ) => Promise<Result<MlsPending, CommitFailure>>;
  /** Removes leaves as host or co-host, under the policy as it is. */
  readonly commitKick: (
    group: MlsGroup,
    removes: readonly LeafIndex[],
  ) => Promise<Result<MlsPending, CommitFailure>>;

  /**
   * The room took our commit: the group to go on with. Made of the present group and not of the one
   * the commit was made in, so that messages opened meanwhile don't open twice.
   */
  readonly installPending: (present: MlsGroup, pending: MlsPending) => MlsGroup;

  /** Runs a commit of this group's epoch, by somebody else, through the whole filter. `group` is unchanged. */
  readonly judgeCommit: (
    group: MlsGroup,
    commit: Uint8Array<ArrayBuffer>,
  ) => Promise<Result<MlsJudged, CommitFailure>>;

  readonly encryptApplication: (
    group: MlsGroup,
    content: Uint8Array<ArrayBuffer>,
  ) => Promise<{ readonly group: MlsGroup; readonly message: Uint8Array<ArrayBuffer> }>;
  /** Of this epoch or of a retained one. A message opens once: use the `group` that comes back. */
  readonly decryptApplication: (
    group: MlsGroup,
    message: Uint8Array<ArrayBuffer>,
  ) => Promise<
    Result<
      {
        readonly group: MlsGroup;
        readonly epoch: Epoch;
        /** Of the tree of `epoch`, not of the present one. */
        readonly sender: MlsMember;
        readonly content: Uint8Array<ArrayBuffer>;
      },
      { readonly code: "message-malformed" | "message-unopened" | "epoch-unknown" }
    >
  >;
  /** Forgets the message keys of epochs before `epoch`. The last four are kept till then. */
  readonly forgetBefore: (group: MlsGroup, epoch: Epoch) => MlsGroup;

  /** MLS-Exporter (RFC 9420 §8.5). */
  readonly exportSecret: (
    group: MlsGroup,
    label: string,
    context: Uint8Array<ArrayBuffer>,
    lengthBytes: number,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /** GroupInfo of the group as it is, with its tree, external key and `gone` ledger. */
  readonly groupInfo: (group: MlsGroup) => Promise<Uint8Array<ArrayBuffer>>;

  /** Ed25519 by our leaf. `bytes` name their label, room and use (SPEC SIGN-0). */
  readonly signAsLeaf: (
    group: MlsGroup,
    bytes: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /** False too for a leaf nobody has. */
  readonly verifyAsLeaf: (
    group: MlsGroup,
    leaf: LeafIndex,
    signature: Uint8Array<ArrayBuffer>,
    bytes: Uint8Array<ArrayBuffer>,
  ) => Promise<boolean>;
  /** HPKE (SPEC SEAL-2) to an X25519 public key; `undefined` where it is none. */
  readonly sealTo: (
    publicKey: Uint8Array<ArrayBuffer>,
    info: Uint8Array<ArrayBuffer>,
    content: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** `undefined`: sealed to another key, for another use, or altered. */
  readonly openSealed: (
    key: HpkeKey,
    info: Uint8Array<ArrayBuffer>,
    sealed: Uint8Array<ArrayBuffer>,
  ) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  readonly signBye: (group: MlsGroup) => Promise<Bye>;
  /** True where a commit made now with this goodbye passes SPEC MLS-4. */
  readonly verifyBye: (group: MlsGroup, bye: Bye) => Promise<boolean>;
};
