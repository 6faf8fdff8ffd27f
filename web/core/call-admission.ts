import type { Epoch, GroupId, LeafIndex, MemberId } from "../../protocol/ids.ts";
import type { Mode } from "../../protocol/policy.ts";
import type { Result } from "../../protocol/result.ts";

/** What of the policy is to be otherwise: SPEC HOST-1 says who may. */
export type PolicyChanges = {
  readonly mode?: Mode | undefined;
  readonly locked?: boolean | undefined;
  readonly capacity?: number | undefined;
  readonly unban?: readonly MemberId[] | undefined;
  readonly newLink?: boolean | undefined;
  /** Makes a member co-host. For the host key alone. */
  readonly coHost?: { readonly leaf: LeafIndex; readonly expiresAtSec: number } | undefined;
  /** Serials of delegations that are to hold no more. */
  readonly withdraw?: readonly number[] | undefined;
};

/** Somebody who waits, verified by SPEC KNOCK-1. */
export type OpenedKnock = {
  readonly memberId: MemberId;
  readonly name: string;
  /** Ed25519, base64url. */
  readonly identityKey: string;
  /** This device has let this identity into this room before. */
  readonly wasAdmitted: boolean;
};

/** What may be wrong with the lobby's policy, by which one knocks and shows tickets. */
type LobbyFailure = {
  readonly code: "policy-invalid" | "policy-older" | "link-replaced" | "crypto-worker-lost";
};

/** Waiting, letting in, showing that one was let in, and ending a call: SPEC KNOCK-*, TICKET-*, END-*. */
export type CallAdmission = {
  /** Asks to be let in, under a name. `policy` is the lobby's. SPEC KNOCK-1. */
  readonly sealKnock: (knock: {
    readonly name: string;
    readonly policy: Uint8Array<ArrayBuffer>;
  }) => Promise<Result<Uint8Array<ArrayBuffer>, LobbyFailure>>;
  /** Who knocks, by the room's word `from` and their own. */
  readonly openKnock: (knock: {
    readonly from: MemberId;
    readonly sealed: Uint8Array<ArrayBuffer>;
  }) => Promise<Result<OpenedKnock, { readonly code: "knock-invalid" | "knock-banned" }>>;
  /** Signs a ticket for one whose knock was opened, and is the one that was seen: what `admit` carries. */
  readonly admit: (
    knock: Pick<OpenedKnock, "memberId" | "identityKey">,
  ) => Promise<Result<Uint8Array<ArrayBuffer>, { readonly code: "not-host" | "knock-unknown" }>>;
  /** Signs one for every other leaf: SPEC TICKET-5. */
  readonly admitAll: () => Promise<
    Result<
      readonly { readonly to: MemberId; readonly sealed: Uint8Array<ArrayBuffer> }[],
      { readonly code: "not-host" }
    >
  >;
  /** Keeps the ticket that `admitted` carries. */
  readonly takeAdmission: (
    sealed: Uint8Array<ArrayBuffer>,
  ) => Promise<Result<{ readonly groupId: GroupId }, { readonly code: "admission-invalid" }>>;
  /** Shows the ticket for a group: what `ticket` carries. A host's is signed on the spot. */
  readonly sealTicket: (call: {
    readonly groupId: GroupId;
    readonly policy: Uint8Array<ArrayBuffer>;
  }) => Promise<Result<Uint8Array<ArrayBuffer>, LobbyFailure | { readonly code: "no-ticket" }>>;
  /** Answers a ticket that holds with GroupInfo, sealed to its holder. */
  readonly answerTicket: (ticket: {
    readonly from: MemberId;
    readonly sealed: Uint8Array<ArrayBuffer>;
  }) => Promise<
    Result<
      { readonly epoch: Epoch; readonly sealed: Uint8Array<ArrayBuffer> },
      { readonly code: "ticket-invalid" }
    >
  >;
  /** Signs the end of the call, for everybody. */
  readonly endForAll: () => Promise<Result<Uint8Array<ArrayBuffer>, { readonly code: "not-host" }>>;
  /** True where a host ended this call: SPEC END-3. */
  readonly checkEnd: (end: Uint8Array<ArrayBuffer>) => Promise<boolean>;
};
