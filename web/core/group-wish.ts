import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { CryptoFailure, GroupView, MemberCommit, PendingCommit } from "./call-crypto.ts";

/** What a person wants of the group: made anew from the group as it is, until the room has taken it. */
export type GroupWish = {
  /** In terms of members, whose leaves may change meanwhile; nothing where there is nothing left to do. */
  readonly make: (view: GroupView) => MemberCommit | undefined;
  /** It holds. */
  readonly granted?: (pending: PendingCommit) => void;
  readonly failed: (code: CryptoFailure["code"] | FailureCode) => void;
};
