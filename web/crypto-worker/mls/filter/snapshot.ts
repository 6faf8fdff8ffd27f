/** What the filter reads of a leaf node (RFC 9420 §7.2), free of any library's types. */
export type LeafSnapshot = {
  readonly leaf: number;
  readonly signatureKey: Uint8Array<ArrayBuffer>;
  readonly encryptionKey: Uint8Array<ArrayBuffer>;
  /** Identity of a BasicCredential; `undefined` for another kind of credential. */
  readonly credential: Uint8Array<ArrayBuffer> | undefined;
  /** Encoded capabilities and leaf extensions: what no commit of a member may change. */
  readonly features: Uint8Array<ArrayBuffer>;
  /** It speaks MLS 1.0, suite 1, basic credentials and the policy extension, and has no extension of its own. */
  readonly suitable: boolean;
  /** The whole encoded leaf node. */
  readonly encoded: Uint8Array<ArrayBuffer>;
};

/** An extension by its number (RFC 9420 §17.3). */
export type ExtensionSnapshot = {
  readonly type: number;
  readonly data: Uint8Array<ArrayBuffer>;
};

/** What the filter reads of a group at one epoch. */
export type GroupSnapshot = {
  readonly groupId: Uint8Array<ArrayBuffer>;
  readonly epoch: number;
  /** Of the GroupContext. */
  readonly extensions: readonly ExtensionSnapshot[];
  /** In order of leaf. */
  readonly leaves: readonly LeafSnapshot[];
  /** Encryption keys of the parent nodes. */
  readonly parentKeys: readonly Uint8Array<ArrayBuffer>[];
};

export type ProposalSnapshot =
  | { readonly type: "external-init" }
  | { readonly type: "remove"; readonly leaf: number }
  | {
      readonly type: "group-context-extensions";
      readonly extensions: readonly ExtensionSnapshot[];
    }
  | { readonly type: "reference" }
  /** Add, Update, PreSharedKey, ReInit and whatever else there is. */
  | { readonly type: "other" };

/** A commit whose signature and framing are verified, and nothing else. */
export type CommitSnapshot = {
  readonly sender:
    | { readonly type: "member"; readonly leaf: number }
    /** External commit: the leaf is that of the path. */
    | { readonly type: "new-member" };
  readonly authenticatedData: Uint8Array<ArrayBuffer>;
  readonly proposals: readonly ProposalSnapshot[];
  /** The leaf node of the update path. Its `leaf` is the sender's, or -1 in an external commit. */
  readonly pathLeaf: LeafSnapshot | undefined;
};
