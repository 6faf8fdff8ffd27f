/** How long keys of an epoch live beside those of the next: SPEC EPOCH-1. */
export const EPOCH_TIMES = {
  /** A link switches to a new epoch now at the latest, confirmed or not. */
  switchAtLatestMs: 5_000,
  /** What was sealed before a join or an update is still taken. */
  acceptAfterJoinMs: 5_000,
  /** The same before a Remove: whoever was removed has those keys too. */
  acceptAfterRemoveMs: 2_000,
  /** A frame of an epoch not known yet waits for its commit. */
  unknownEpochWaitMs: 300,
  /** Key frames are asked for no oftener: each costs its sender several pictures. */
  keyFrameRequestMs: 500,
} as const;
