import { createListeners } from "../../web/core/listeners.ts";
import type { LocalMedia, LocalMediaState, LocalStream } from "../../web/core/local-media.ts";
import type { LinkStream } from "../../web/core/peer-link.ts";

/** A microphone and a camera that turn on when told. */
export type FakeLocalMedia = LocalMedia & {
  /** Sets what is known of a stream, and tells. */
  readonly become: (stream: LinkStream, state: LocalStream) => void;
  /** Loudness of the own microphone. */
  level: number;
};

export function createFakeLocalMedia(): FakeLocalMedia {
  const changes = createListeners<void>();
  let state: LocalMediaState = {
    microphone: { phase: "off" },
    camera: { phase: "off" },
    devices: [],
    preview: undefined,
  };
  let trackCount = 0;
  const become = (stream: LinkStream, next: LocalStream): void => {
    state = { ...state, [stream]: next };
    changes.tell();
  };
  const newTrack = (deviceId: string | undefined): LocalStream => {
    trackCount += 1;
    return { phase: "on", track: { track: trackCount }, deviceId, label: "" };
  };
  const media: FakeLocalMedia = {
    state: () => state,
    subscribe: changes.add,
    turn: (stream, on) => {
      become(stream, on ? newTrack(undefined) : { phase: "off" });
      return Promise.resolve();
    },
    choose: (kind, deviceId) => {
      if (kind !== "speaker") become(kind, newTrack(deviceId));
      return Promise.resolve();
    },
    microphoneLevel: () => media.level,
    stop: () => undefined,
    become,
    level: 0,
  };
  return media;
}
