import type {
  CommitFailureCode,
  MlsChange,
  MlsGroup,
  MlsMember,
} from "../../../core/mls-engine.ts";
import type { Result } from "../../../../protocol/result.ts";
import type { SignedGroupPolicy } from "./group-policy.ts";
import type { CommitSnapshot, GroupSnapshot } from "./snapshot.ts";

/** A commit read and not yet applied, with the group it is made in. */
export type CommitCase = {
  readonly group: MlsGroup;
  readonly before: GroupSnapshot;
  readonly commit: CommitSnapshot;
};

/**
 * What an allowed commit will do, as its proposals say. The state after it must be this and nothing more.
 */
export type CommitPlan = {
  readonly kind: MlsChange["kind"];
  readonly removed: readonly MlsMember[];
  /** `joiner` takes whatever leaf MLS gives it. */
  readonly by:
    | { readonly type: "member"; readonly member: MlsMember }
    | { readonly type: "joiner"; readonly joiner: Omit<MlsMember, "leaf"> };
  /** Present where the commit replaces the policy. */
  readonly policy: PlannedPolicy | undefined;
};

/** A new policy, and the SHA-256 of the door policy that goes with it. SPEC DOOR-1. */
export type PlannedPolicy = SignedGroupPolicy & {
  readonly doorPolicyHash: Uint8Array<ArrayBuffer>;
};

export type PlanResult = Result<CommitPlan, { readonly code: CommitFailureCode }>;
