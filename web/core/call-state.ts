import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { Role } from "../../protocol/delegation.ts";
import type { LinkFailure } from "../../protocol/link.ts";
import type { Mode } from "../../protocol/policy.ts";
import type { CryptoFailure } from "./call-crypto.ts";
import type { EdgeFailure } from "./edge-api.ts";
import type { HostDeed } from "./host-deeds.ts";
import type { LocalMediaState } from "./local-media.ts";
import type { Trust } from "./verified-people.ts";
import type { LinkPath, LinkStats, LinkStream, MediaHandle } from "./peer-link.ts";

/** `<html data-call-phase>`. */
export type CallPhase = "lobby" | "knocking" | "joining" | "live" | "reconnecting" | "left";

/** How one's own browser reaches a person. `not-reached`: the person never confirmed the group. `forked`: it disagrees about the group; no media flows. */
export type PersonLink =
  | "self"
  | "connecting"
  | "connected"
  | "reconnecting"
  | "failed"
  | "not-reached"
  | "forked";

/** One leaf of the group: everybody who can decrypt is in the list, and nobody else. */
export type Person = {
  /** Stable while the person is in the call; the member id. */
  readonly key: string;
  readonly isSelf: boolean;
  /** Undefined until the person's first state message is read. */
  readonly name: string | undefined;
  readonly role: Role | undefined;
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly speaking: boolean;
  /** What this device knows of the person's identity. */
  readonly trust: Trust;
  readonly link: PersonLink;
  readonly path: LinkPath | undefined;
  readonly video: MediaHandle | undefined;
  readonly audio: MediaHandle | undefined;
};

/** A failure a person is told of; the sentence is the catalogue's, by code. */
export type CallFailureCode =
  | FailureCode
  | LinkFailure["code"]
  | CryptoFailure["code"]
  | EdgeFailure["code"]
  | "socket-lost"
  | "webrtc-unavailable"
  | "transform-unavailable"
  | "insecure-origin"
  | "plaintext-stopped"
  | "fingerprint-mismatch"
  | "group-forked"
  | "group-not-confirmed"
  | "knock-refused"
  | "knock-name-missing";

/** Something to announce once: `role=status`, or `role=alert` for failures. */
export type CallNotice =
  | { readonly type: "joined" | "left" | "lost"; readonly name: string | undefined }
  /** Somebody has the name or device of a person verified here, and another identity; somebody came in after the codes were found equal. */
  | {
      readonly type: "identity-changed" | "joined-since-compared";
      readonly name: string | undefined;
    }
  /** Somebody waits to be let in; only hosts are told. */
  | { readonly type: "knock"; readonly name: string }
  /** A host asked this device to mute, and it did. */
  | { readonly type: "muted-by"; readonly name: string | undefined }
  /** What a host changed, to everybody. `byYou`, `whoIsYou`: in place of the name. */
  | {
      readonly type: "host-deed";
      readonly deed: HostDeed;
      readonly by: string | undefined;
      readonly byYou: boolean;
      readonly who: string | undefined;
      readonly whoIsYou: boolean;
    }
  | { readonly type: "failure"; readonly code: CallFailureCode };

/** The security code, and what was found by comparing it. People are named by their `Person.key`. */
export type SecurityState = {
  readonly code:
    | { readonly phase: "alone" }
    /** `silent`: those of the missing who had time enough. */
    | {
        readonly phase: "waiting";
        readonly missing: readonly string[];
        readonly silent: readonly string[];
      }
    /** Places of the signs in their list, and digits, of the same code. */
    | { readonly phase: "ready"; readonly signs: readonly number[]; readonly digits: string }
    /** Somebody answered with something else than they were bound by. */
    | { readonly phase: "refused"; readonly by: string | undefined };
  readonly verdict: "match" | "mismatch" | undefined;
  /** Who was not there when the codes were found equal, and is not known as verified. */
  readonly newcomers: readonly string[];
  /** People this device remembers as verified. */
  readonly remembered: number;
};

/** Somebody who waits to be let in. */
export type Waiter = {
  readonly key: string;
  readonly name: string;
  /** This device has let them in before. */
  readonly isKnown: boolean;
};

/** What a host or co-host sees beyond a member. */
export type HostingState = {
  readonly role: Role;
  readonly mode: Mode;
  readonly locked: boolean;
  readonly capacity: number;
  readonly waiting: readonly Waiter[];
  readonly bans: readonly { readonly key: string; readonly name: string | undefined }[];
  /** Delegations in force: host links, and members made co-host. */
  readonly hostLinks: readonly {
    readonly serial: number;
    readonly role: Role;
    readonly isTaken: boolean;
    readonly name: string | undefined;
  }[];
  /** Without this device nobody gets in any more, and nobody has been told yet. */
  readonly isKeyNews: boolean;
  /** Somebody was removed a moment ago, and it may be taken back. */
  readonly undo: { readonly name: string | undefined } | undefined;
};

/** What a host may do, by the keys of people and of those who wait. Nothing happens where the role does not reach; failures are notices. */
export type HostActions = {
  readonly admit: (key: string) => void;
  readonly admitAll: () => void;
  /** `block`: and let them ask no more in this call. */
  readonly refuse: (key: string, block: boolean) => void;
  /** Removes and bans. An open room lets people in by a host from then on, and gets a new link. */
  readonly remove: (key: string) => void;
  readonly undoRemove: () => void;
  /** Asks: the other one's own device does it. */
  readonly mute: (key: string) => void;
  readonly setCoHost: (key: string, isCoHost: boolean) => void;
  readonly setMode: (mode: Mode) => void;
  readonly setLocked: (locked: boolean) => void;
  readonly setCapacity: (people: number) => void;
  readonly unban: (key: string) => void;
  readonly newLink: () => void;
  /** A link by which whoever opens it has that role; it comes into the snapshot. */
  readonly makeHostLink: (role: Role) => void;
  readonly withdraw: (serial: number) => void;
  /** What it means to lose this device's key was read. */
  readonly knowOfKey: () => void;
  readonly endForAll: () => void;
};

export type CallSnapshot = {
  readonly phase: CallPhase;
  /** The whole link, to copy and share. It says nothing of a host. */
  readonly link: string;
  /** What may stand in the address bar in place of what was opened; undefined until that is no more needed. */
  readonly address: string | undefined;
  /** Somebody must let one in. Undefined where that is not so, or not known yet. */
  readonly door: { readonly hostPresent: boolean; readonly locked: boolean } | undefined;
  readonly hosting: HostingState | undefined;
  /** The host link made last, to be handed on. */
  readonly hostLink: string | undefined;
  /** A host ended the call for everybody. */
  readonly endedForAll: boolean;
  readonly label: string | undefined;
  readonly name: string;
  /** People in the call, as the room counts them; known in the lobby. */
  readonly inCall: number | undefined;
  /** False until Join can do its work at once; Join may be pressed before. */
  readonly ready: boolean;
  readonly people: readonly Person[];
  readonly media: LocalMediaState;
  readonly security: SecurityState;
  /** What stops the call, or keeps it from starting; undefined when nothing does. */
  readonly failure: CallFailureCode | undefined;
  /** Another tab of this profile holds the call. */
  readonly elsewhere: boolean;
  /** AV1 is tried first on connections made from now on. */
  readonly preferAv1: boolean;
  /** False where keys can't be stored: the same device will look new next time. */
  readonly deviceKept: boolean;
};

/** One call, from the lobby to its end. */
export type Call = {
  readonly snapshot: () => CallSnapshot;
  /** Called after every change, at most once per microtask. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly onNotice: (listener: (notice: CallNotice) => void) => () => void;
  readonly setName: (name: string) => void;
  readonly join: () => void;
  /** Asks no more to be let in. */
  readonly stopWaiting: () => void;
  readonly host: HostActions;
  readonly leave: () => void;
  /** From `left` or a failure back to the lobby. */
  readonly again: () => void;
  /** Takes the call over from another tab. */
  readonly moveHere: () => void;
  readonly turn: (stream: LinkStream, on: boolean) => void;
  readonly choose: (kind: "microphone" | "camera" | "speaker", deviceId: string) => void;
  readonly setPreferAv1: (prefer: boolean) => void;
  /** How large a person's picture is on screen, in device pixels; 0×0 when hidden or off the page. */
  readonly setView: (
    key: string,
    view: { readonly width: number; readonly height: number },
  ) => void;
  /** 0…1 now; for meters. */
  readonly level: (key: string) => number;
  /** The code is looked at, or no more. Looking at it has everybody's client do its part. */
  readonly showCode: (shown: boolean) => void;
  /** What comparing the code with these digits gave. `match` marks everybody present as verified on this device; `mismatch` takes their marks away; `again` takes the word back. */
  readonly judgeCode: (verdict: "match" | "mismatch" | "again", digits: string) => void;
  readonly forgetVerified: () => void;
  readonly stats: (key: string) => Promise<LinkStats | undefined>;
  readonly close: () => void;
};

/** What the landing page does. */
export type Lobby = {
  /** Makes a room and answers its link (path and fragment). */
  readonly newCall: (call: {
    readonly label: string | undefined;
    readonly mode: Mode;
  }) => Promise<
    | { readonly ok: true; readonly link: string }
    | { readonly ok: false; readonly code: CallFailureCode }
  >;
};
