import type { Epoch, GroupId, LeafIndex } from "../../../protocol/ids.ts";

/** One epoch, as far as frames need it. */
export type FrameEpoch = {
  readonly groupId: GroupId;
  readonly epoch: Epoch;
  readonly ownLeaf: LeafIndex;
  readonly leaves: ReadonlySet<LeafIndex>;
  /** HKDF key of the exporter `SFrame 1.0 Base Key`. */
  readonly baseKey: CryptoKey;
};

/** How one came to an epoch: by which rules senders switch and old keys go. SPEC EPOCH-1. */
export type EpochStep =
  /** Made, joined or came back: nothing before it is held. */
  | { readonly type: "entered" }
  | {
      readonly type: "advanced";
      /** A leaf that came in, or came back, by this epoch's commit. */
      readonly added: LeafIndex | undefined;
      /** Somebody who held the old keys is out. */
      readonly removal: boolean;
    };

/** Where a group hands over what its frames are sealed by. */
export type FrameKeyring = {
  readonly install: (epoch: FrameEpoch, step: EpochStep) => void;
  readonly bindLink: (link: {
    readonly linkId: string;
    readonly peerLeaf: LeafIndex | undefined;
  }) => void;
  readonly confirmEpoch: (peer: { readonly peerLeaf: LeafIndex; readonly epoch: Epoch }) => void;
  /** Forgets every key and unbinds every link. */
  readonly clear: () => void;
};
