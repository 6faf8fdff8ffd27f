import type { MediaFailureCode } from "../core/local-media.ts";
import type { LinkStream } from "../core/peer-link.ts";
import { mediaFailure } from "./media-failure.ts";

/** Which device is wanted; undefined leaves the choice to the browser. */
export type CaptureRequest = Readonly<
  Partial<Record<LinkStream, { deviceId: string | undefined }>>
>;
export type Captured =
  | { readonly ok: true; readonly track: MediaStreamTrack }
  | { readonly ok: false; readonly code: MediaFailureCode };
type CapturedStreams = ReadonlyMap<LinkStream, Captured>;

const deviceOf = (request: { deviceId: string | undefined }) =>
  request.deviceId === undefined ? {} : { deviceId: { exact: request.deviceId } };

const CONSTRAINTS = {
  microphone: (request: { deviceId: string | undefined }): MediaStreamConstraints => ({
    audio: {
      ...deviceOf(request),
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: { ideal: 1 },
    },
  }),
  camera: (request: { deviceId: string | undefined }): MediaStreamConstraints => ({
    video: {
      ...deviceOf(request),
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30, max: 30 },
    },
  }),
};

/**
 * Opens microphone, camera or both, with one question to the person where both are asked for.
 *
 * One that is missing, busy or forbidden does not take the other with it.
 */
export async function capture(request: CaptureRequest): Promise<CapturedStreams> {
  const streams = (["microphone", "camera"] as const).filter((name) => request[name] !== undefined);
  // Absent in a page that is no secure context.
  if (!("mediaDevices" in navigator)) return all(streams, { ok: false, code: "media-insecure" });
  const [only] = streams;
  if (streams.length === 1 && only !== undefined)
    return new Map([[only, await captureOne(only, request)]]);
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      ...CONSTRAINTS.microphone(request.microphone ?? { deviceId: undefined }),
      ...CONSTRAINTS.camera(request.camera ?? { deviceId: undefined }),
    });
    const [microphone] = stream.getAudioTracks();
    const [camera] = stream.getVideoTracks();
    return new Map([
      ["microphone", trackOr(microphone)],
      ["camera", trackOr(camera)],
    ]);
  } catch (error) {
    const code = mediaFailure(error);
    const found = new Map<LinkStream, Captured>();
    for (const stream of streams) {
      // Who just said no to the question is not asked it again.
      const isRefused = code === "media-denied" && !(await isGranted(stream));
      found.set(stream, isRefused ? { ok: false, code } : await captureOne(stream, request));
    }
    return found;
  }
}

async function captureOne(stream: LinkStream, request: CaptureRequest): Promise<Captured> {
  const deviceId = request[stream]?.deviceId;
  try {
    const constraints = CONSTRAINTS[stream]({ deviceId });
    const [track] = (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
    return trackOr(track);
  } catch (error) {
    const code = mediaFailure(error);
    // Pulled out between the list and the question: any other is better than none.
    if (code === "media-absent" && deviceId !== undefined) return captureOne(stream, {});
    return { ok: false, code };
  }
}

const trackOr = (track: MediaStreamTrack | undefined): Captured =>
  track === undefined ? { ok: false, code: "media-absent" } : { ok: true, track };

const all = (streams: readonly LinkStream[], captured: Captured): CapturedStreams =>
  new Map(streams.map((stream) => [stream, captured]));

async function isGranted(stream: LinkStream): Promise<boolean> {
  try {
    // Not every browser knows these names; one that does not throws.
    const { state } = await navigator.permissions.query({ name: stream });
    return state === "granted";
  } catch {
    return false;
  }
}
