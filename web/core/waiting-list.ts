import type { MemberId } from "../../protocol/ids.ts";
import type { OpenedKnock } from "./call-admission.ts";
import type { CallCrypto } from "./call-crypto.ts";

/** Those who wait, as a host sees them. SPEC KNOCK-1, KNOCK-3. */
export type WaitingList = {
  /** First come first. */
  readonly all: () => readonly OpenedKnock[];
  readonly of: (memberId: MemberId) => OpenedKnock | undefined;
  /** `new`: this one has not been told of before. */
  readonly hear: (from: MemberId, sealed: Uint8Array<ArrayBuffer>) => Promise<Heard>;
  readonly remove: (memberId: MemberId) => void;
  /** The room will tell again who waits; who was told of is not news then. */
  readonly forget: () => void;
};

type Heard =
  | { readonly type: "new" | "known"; readonly knock: OpenedKnock }
  /** To be turned away unseen. */
  | { readonly type: "banned" }
  | { readonly type: "invalid" };

export function createWaitingList(crypto: Pick<CallCrypto, "openKnock">): WaitingList {
  const waiting = new Map<MemberId, OpenedKnock>();
  /** Keys of those who were told of, by member. */
  const told = new Map<MemberId, string>();

  return {
    all: () => [...waiting.values()],
    of: (memberId) => waiting.get(memberId),
    hear: async (from, sealed) => {
      const opened = await crypto.openKnock({ from, sealed });
      if (!opened.ok) return { type: opened.error.code === "knock-banned" ? "banned" : "invalid" };
      const knock = opened.value;
      const isNew = told.get(from) !== knock.identityKey;
      told.set(from, knock.identityKey);
      waiting.set(from, knock);
      return { type: isNew ? "new" : "known", knock };
    },
    remove: (memberId) => {
      waiting.delete(memberId);
      told.delete(memberId);
    },
    forget: () => waiting.clear(),
  };
}
