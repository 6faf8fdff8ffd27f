import type { LinkStream, MediaHandle } from "./peer-link.ts";

/** Why a microphone or camera is not there. */
export type MediaFailureCode =
  | "media-absent"
  | "media-denied"
  | "media-busy"
  | "media-insecure"
  | "media-failed";

export type MediaDevice = {
  readonly deviceId: string;
  readonly label: string;
  readonly kind: "microphone" | "camera" | "speaker";
};

/** What is known of one's own microphone or camera. `off`: not asked for, or turned off by its owner. */
export type LocalStream =
  | { readonly phase: "off" }
  | { readonly phase: "asking" }
  | {
      readonly phase: "on";
      readonly track: MediaHandle;
      readonly deviceId: string | undefined;
      readonly label: string;
    }
  | { readonly phase: "failed"; readonly code: MediaFailureCode };

export type LocalMediaState = {
  readonly microphone: LocalStream;
  readonly camera: LocalStream;
  readonly devices: readonly MediaDevice[];
  /** A stream of the camera alone, for one's own preview; absent when there is no picture. */
  readonly preview: MediaHandle | undefined;
  /** Where the others are heard (`setSinkId`); undefined is the system's own choice. */
  readonly speaker?: string | undefined;
};

/** One's own microphone and camera. Every change is told to the listener. */
export type LocalMedia = {
  readonly state: () => LocalMediaState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Turns on (asking for permission where needed) or off. A camera that is off gives its device back; a microphone is muted at once and keeps it. */
  readonly turn: (stream: LinkStream, on: boolean) => Promise<void>;
  /** Another device, without interruption; remembered by label. */
  readonly choose: (kind: MediaDevice["kind"], deviceId: string) => Promise<void>;
  /** 0…1, of the own microphone now; 0 when muted. */
  readonly microphoneLevel: () => number;
  readonly stop: () => void;
};
