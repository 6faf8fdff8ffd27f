import { equalBytes } from "../../protocol/bytes.ts";
import type { ClientMessage } from "../../protocol/client-messages.ts";
import type { GroupId, Seq } from "../../protocol/ids.ts";
import type {
  CallCrypto,
  CryptoFailure,
  GroupView,
  MemberCommit,
  PendingCommit,
} from "./call-crypto.ts";

type Attempt =
  | {
      readonly type: "create";
      readonly view: GroupView;
      /** The call it is to take the place of. */
      readonly replaces: GroupId | undefined;
    }
  | {
      readonly type: "join";
      readonly pending: PendingCommit;
      readonly after: Seq;
      readonly sent: boolean;
    }
  | {
      readonly type: "member";
      readonly commit: MemberCommit;
      readonly pending: PendingCommit;
      readonly after: Seq;
    };

/** The one thing offered to the room, or about to be, until the room has taken or lost it. */
export type CommitAttempt = {
  readonly now: () => Attempt | undefined;
  /** Makes a group of one and offers it. */
  readonly create: (
    policy: Uint8Array<ArrayBuffer>,
    replaces?: GroupId,
  ) => Promise<CryptoFailure["code"] | "offered" | "not-sent">;
  /** Makes a join, and sends nothing yet. */
  readonly prepareJoin: (from: {
    readonly groupInfo: Uint8Array<ArrayBuffer>;
    readonly policy: Uint8Array<ArrayBuffer>;
    readonly after: Seq;
  }) => Promise<CryptoFailure["code"] | "prepared">;
  readonly sendJoin: () => Promise<void>;
  /** Makes a member's commit and offers it; answers why where nobody would take it. */
  readonly commit: (
    commit: MemberCommit,
    after: Seq,
  ) => Promise<CryptoFailure["code"] | "offered" | "not-sent">;
  /** True for the sealed commit of this attempt. */
  readonly isOwn: (commit: Uint8Array) => boolean;
  /** The room took it: it is no attempt any more. */
  readonly take: () => Attempt | undefined;
  readonly abandon: () => Promise<void>;
};

export type AttemptHooks = {
  /** A join is prepared: links may be opened and offers made. */
  readonly prepared: (view: GroupView) => void;
  /** The join is on its way: offers may follow it. */
  readonly sent: (commitHash: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** The join lost; another will be prepared. */
  readonly recalled: () => void;
};

export function createCommitAttempt(ports: {
  readonly crypto: CallCrypto;
  readonly send: (message: ClientMessage) => boolean;
  readonly hooks: AttemptHooks;
}): CommitAttempt {
  const { crypto, send, hooks } = ports;
  let attempt: Attempt | undefined;

  const sendCommit = (kind: "join" | "member", pending: PendingCommit, after: Seq): boolean => {
    const { groupId, epoch, commit, groupInfo, commitHash, doorChange } = pending;
    return send({
      type: "commit",
      kind,
      groupId,
      epoch,
      after,
      commit,
      groupInfo,
      commitHash,
      doorChange,
    });
  };

  async function abandon(): Promise<void> {
    const given = attempt;
    attempt = undefined;
    if (given?.type === "create") await crypto.endGroup();
    else if (given !== undefined) await crypto.discardPending();
    if (given?.type === "join") hooks.recalled();
  }

  return {
    now: () => attempt,
    create: async (policy, replaces) => {
      await abandon();
      const created = await crypto.createGroup(policy);
      if (!created.ok) return created.error.code;
      const { groupInfo, view } = created.value;
      attempt = { type: "create", view, replaces };
      const { groupId, epoch } = view;
      if (send({ type: "group-create", groupId, epoch, groupInfo, replaces })) return "offered";
      await abandon();
      return "not-sent";
    },
    prepareJoin: async ({ groupInfo, policy, after }) => {
      const prepared = await crypto.prepareJoin({ groupInfo, policy });
      if (!prepared.ok) return prepared.error.code;
      attempt = { type: "join", pending: prepared.value, after, sent: false };
      hooks.prepared(prepared.value.view);
      return "prepared";
    },
    sendJoin: async () => {
      if (attempt?.type !== "join" || attempt.sent) return;
      const { pending, after } = attempt;
      attempt = { ...attempt, sent: sendCommit("join", pending, after) };
      if (attempt.sent) await hooks.sent(pending.commitHash);
    },
    commit: async (commit, after) => {
      const prepared = await crypto.prepareCommit(commit);
      if (!prepared.ok) return prepared.error.code;
      if (sendCommit("member", prepared.value, after)) {
        attempt = { type: "member", commit, pending: prepared.value, after };
        return "offered";
      }
      await crypto.discardPending();
      return "not-sent";
    },
    isOwn: (commit) =>
      attempt !== undefined &&
      attempt.type !== "create" &&
      equalBytes(commit, attempt.pending.commit),
    take: () => {
      const taken = attempt;
      attempt = undefined;
      return taken;
    },
    abandon,
  };
}
