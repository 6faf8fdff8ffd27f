import type { LocalMedia, LocalMediaState, LocalStream, MediaDevice } from "../core/local-media.ts";
import type { LinkStream } from "../core/peer-link.ts";
import { capture, type Captured } from "./capture.ts";
import type { KeptText } from "./kept-text.ts";
import { createMicrophoneLevel } from "./microphone-level.ts";

const KINDS: Readonly<Partial<Record<MediaDeviceKind, MediaDevice["kind"]>>> = {
  audioinput: "microphone",
  videoinput: "camera",
  audiooutput: "speaker",
};

/** One's own microphone and camera by getUserMedia; devices are remembered by label in `kept`, for ids change. */
export function createLocalMedia(kept: KeptText): LocalMedia {
  const listeners = new Set<() => void>();
  const lifetime = new AbortController();
  const level = createMicrophoneLevel();
  const tracks = new Map<LinkStream, MediaStreamTrack>();
  /** What the person wants; an answer that comes after a change of mind is given back. */
  const wanted = new Map<LinkStream, boolean>();
  let asked = new Set<LinkStream>();
  let asking: Promise<void> | undefined;
  let state: LocalMediaState = {
    microphone: { phase: "off" },
    camera: { phase: "off" },
    devices: [],
    preview: undefined,
    speaker: undefined,
  };

  const change = (part: Partial<LocalMediaState>): void => {
    state = { ...state, ...part };
    for (const listener of listeners) listener();
  };
  const set = (stream: LinkStream, value: LocalStream): void => change({ [stream]: value });

  const listDevices = async (): Promise<void> => {
    if (!("mediaDevices" in navigator)) return;
    const found = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const devices = found.flatMap(({ deviceId, label, kind: kindOfDevice }) => {
      const kind = KINDS[kindOfDevice];
      // Without permission a device has neither id nor label.
      return kind === undefined || deviceId === "" ? [] : [{ deviceId, label, kind }];
    });
    change({ devices, speaker: remembered("speaker", devices) });
  };
  const remembered = (kind: MediaDevice["kind"], devices = state.devices): string | undefined => {
    const label = kept.get(`device.${kind}`);
    return devices.find((device) => device.kind === kind && device.label === label)?.deviceId;
  };

  const release = (stream: LinkStream): void => {
    const track = tracks.get(stream);
    tracks.delete(stream);
    track?.stop();
    if (stream === "microphone") level.listen(undefined);
    else change({ preview: undefined });
  };
  const use = (stream: LinkStream, track: MediaStreamTrack): void => {
    const before = tracks.get(stream);
    tracks.set(stream, track);
    // Pulled out, or taken back by the person in the browser's own controls.
    track.addEventListener(
      "ended",
      () => {
        if (tracks.get(stream) !== track) return;
        release(stream);
        set(stream, { phase: "failed", code: "media-absent" });
      },
      { signal: lifetime.signal },
    );
    if (stream === "microphone") level.listen(track);
    const { deviceId } = track.getSettings();
    change({
      [stream]: { phase: "on", track, deviceId, label: track.label },
      ...(stream === "camera" ? { preview: new MediaStream([track]) } : {}),
    });
    // After the change, so that there is no moment without a track.
    if (before !== track) before?.stop();
  };
  const take = (stream: LinkStream, captured: Captured): void => {
    if (lifetime.signal.aborted || wanted.get(stream) !== true) {
      if (captured.ok) captured.track.stop();
    } else if (captured.ok) use(stream, captured.track);
    else set(stream, { phase: "failed", code: captured.code });
  };
  const ask = async (): Promise<void> => {
    // One turn of the event loop, so that microphone and camera turned on together are one question.
    await Promise.resolve();
    // A device is remembered by its label, which only the list can turn into an id.
    const isRemembered = [...asked].some((stream) => kept.get(`device.${stream}`) !== undefined);
    if (isRemembered && state.devices.length === 0) await listDevices();
    const streams = asked;
    asked = new Set();
    asking = undefined;
    const request = Object.fromEntries(
      [...streams].map((stream) => [stream, { deviceId: remembered(stream) }]),
    );
    const captured = await capture(request);
    captured.forEach((result, stream) => take(stream, result));
    await listDevices();
  };

  const turnOn = async (stream: LinkStream): Promise<void> => {
    const track = tracks.get(stream);
    if (track !== undefined) {
      track.enabled = true;
      return use(stream, track);
    }
    if (state[stream].phase === "asking") return;
    set(stream, { phase: "asking" });
    asked.add(stream);
    asking ??= ask();
    await asking;
  };
  const turnOff = (stream: LinkStream): void => {
    const track = tracks.get(stream);
    if (stream === "camera") release(stream);
    else if (track !== undefined) track.enabled = false;
    set(stream, { phase: "off" });
  };

  void listDevices();
  if ("mediaDevices" in navigator) {
    navigator.mediaDevices.addEventListener("devicechange", () => void listDevices(), {
      signal: lifetime.signal,
    });
  }

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    turn: async (stream, on) => {
      wanted.set(stream, on);
      if (on) await turnOn(stream);
      else turnOff(stream);
    },
    choose: async (kind, deviceId) => {
      const device = state.devices.find(
        (candidate) => candidate.kind === kind && candidate.deviceId === deviceId,
      );
      if (device !== undefined) kept.set(`device.${kind}`, device.label);
      if (kind === "speaker") return change({ speaker: deviceId });
      if (state[kind].phase !== "on") {
        // Chosen while off: the next turn on asks for it.
        release(kind);
        return undefined;
      }
      let result = (await capture({ [kind]: { deviceId } })).get(kind);
      if (result?.ok === false && result.code === "media-busy") {
        // Phones open one camera at a time: the old one is given back first.
        release(kind);
        result = (await capture({ [kind]: { deviceId } })).get(kind);
      }
      if (result !== undefined) take(kind, result);
      return undefined;
    },
    microphoneLevel: () => (state.microphone.phase === "on" ? level.now() : 0),
    stop: () => {
      lifetime.abort();
      release("microphone");
      release("camera");
      level.stop();
      listeners.clear();
    },
  };
}
