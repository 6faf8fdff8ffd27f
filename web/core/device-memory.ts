import type { MemberId, RoomId } from "../../protocol/ids.ts";

/** Somebody whose security code was compared from this device, as they were in that room. */
export type VerifiedPerson = {
  /** Ed25519, base64url: the same for one browser profile in every room. */
  readonly identityKey: string;
  readonly roomId: RoomId;
  readonly memberId: MemberId;
  readonly name: string;
};

/** What this device remembers. Every call may find storage blocked (a private window): then it forgets, and never throws. */
export type DeviceMemory = {
  readonly name: () => string | undefined;
  readonly rememberName: (name: string) => void;
  /** Highest policy serial seen for a room: SPEC POLICY-4. */
  readonly policySerial: (roomId: RoomId) => number;
  readonly rememberPolicySerial: (roomId: RoomId, serial: number) => void;
  /** The oldest first. */
  readonly verified: () => readonly VerifiedPerson[];
  readonly rememberVerified: (people: readonly VerifiedPerson[]) => void;
  /** This tab was waiting to be let in when it was last loaded. */
  readonly isKnocking: (roomId: RoomId) => boolean;
  readonly rememberKnocking: (roomId: RoomId, isKnocking: boolean) => void;
  /** Whoever uses this device knows that it alone has the key of what they host. */
  readonly isToldOfHostKey: () => boolean;
  readonly rememberToldOfHostKey: () => void;
  readonly preferAv1: () => boolean;
  readonly rememberAv1: (prefer: boolean) => void;
};

/** One call per room per browser profile (Web Locks). */
export type CallLock = {
  /** Resolves with a release function when this tab holds the room; `undefined` when another tab does and `steal` is false. `onStolen` runs if another tab takes it. */
  readonly hold: (room: {
    readonly roomId: RoomId;
    readonly steal: boolean;
    readonly onStolen: () => void;
  }) => Promise<(() => void) | undefined>;
};
