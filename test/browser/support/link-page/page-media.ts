import type { LinkStream } from "../../../../web/core/peer-link.ts";

const FRAME_MS = 50;

/** A moving picture of exactly this size, at 20 frames a second. */
export function makePicture(size: {
  readonly width: number;
  readonly height: number;
}): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d");
  let frame = 0;
  const draw = (): void => {
    if (context === null) return;
    frame += 1;
    context.fillStyle = `hsl(${(frame * 7) % 360} 60% 50%)`;
    context.fillRect(0, 0, size.width, size.height);
    context.fillStyle = "white";
    context.fillRect((frame * 9) % size.width, size.height / 3, size.width / 8, size.height / 3);
  };
  draw();
  const [track] = canvas.captureStream(1000 / FRAME_MS).getVideoTracks();
  if (track === undefined) throw new Error("a canvas gave no track");
  const timer = setInterval(() => {
    if (track.readyState === "ended") clearInterval(timer);
    else draw();
  }, FRAME_MS);
  return track;
}

/** A tone at a quarter of full scale. */
export async function makeTone(): Promise<MediaStreamTrack> {
  const context = new AudioContext();
  await context.resume();
  const oscillator = new OscillatorNode(context, { frequency: 440 });
  const destination = context.createMediaStreamDestination();
  oscillator.connect(new GainNode(context, { gain: 0.25 })).connect(destination);
  oscillator.start();
  const [track] = destination.stream.getAudioTracks();
  if (track === undefined) throw new Error("a tone gave no track");
  return track;
}

/** Plays a stream as the app does; answers how many pictures it has drawn. */
export function showStream(stream: LinkStream, media: MediaStream): () => number {
  const element = document.createElement(stream === "camera" ? "video" : "audio");
  element.autoplay = true;
  element.srcObject = media;
  document.body.append(element);
  let shown = 0;
  if (element instanceof HTMLVideoElement) {
    element.muted = true;
    element.playsInline = true;
    const count = (): void => {
      shown += 1;
      element.requestVideoFrameCallback(count);
    };
    element.requestVideoFrameCallback(count);
  }
  return () => shown;
}
