import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { LinkFailure } from "../../protocol/link.ts";
import type { CryptoFailure } from "./call-crypto.ts";
import type { EdgeFailure } from "./edge-api.ts";
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
  | "group-not-confirmed";

/** Something to announce once: `role=status`, or `role=alert` for failures. */
export type CallNotice =
  | { readonly type: "joined" | "left" | "lost"; readonly name: string | undefined }
  /** Somebody has the name or device of a person verified here, and another identity; somebody came in after the codes were found equal. */
  | {
      readonly type: "identity-changed" | "joined-since-compared";
      readonly name: string | undefined;
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

export type CallSnapshot = {
  readonly phase: CallPhase;
  /** The whole link, to copy and share. */
  readonly link: string;
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
  readonly newCall: (
    label: string | undefined,
  ) => Promise<
    | { readonly ok: true; readonly link: string }
    | { readonly ok: false; readonly code: CallFailureCode }
  >;
};
