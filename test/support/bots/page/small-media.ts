import type { LocalMedia, LocalMediaState } from "../../../../web/core/local-media.ts";

/** Small, slow video: a bot costs little, and its frames are real. */
const SIZE = { width: 160, height: 120 };
const FRAMES_PER_SECOND = 5;

/** A microphone that hums and a camera that shows a moving bar, both always on. */
export function createSmallMedia(number: number): LocalMedia {
  const canvas = new OffscreenCanvas(SIZE.width, SIZE.height);
  const element = document.createElement("canvas");
  Object.assign(element, SIZE);
  const shown = element.getContext("2d");
  const drawn = canvas.getContext("2d");
  let frame = 0;
  const timer = setInterval(() => {
    if (drawn === null || shown === null) return;
    frame += 1;
    drawn.fillStyle = `hsl(${number * 47} 60% 40%)`;
    drawn.fillRect(0, 0, SIZE.width, SIZE.height);
    drawn.fillStyle = "white";
    drawn.fillRect((frame * 8) % SIZE.width, 0, 16, SIZE.height);
    shown.drawImage(canvas, 0, 0);
  }, 1000 / FRAMES_PER_SECOND);

  const context = new AudioContext();
  const hum = new OscillatorNode(context, { frequency: 200 + number * 40 });
  const sound = new MediaStreamAudioDestinationNode(context);
  hum.connect(new GainNode(context, { gain: 0.2 })).connect(sound);
  hum.start();

  const [camera] = element.captureStream(FRAMES_PER_SECOND).getVideoTracks();
  const [microphone] = sound.stream.getAudioTracks();
  if (camera === undefined || microphone === undefined) throw new TypeError("bot: expected tracks");
  const state: LocalMediaState = {
    microphone: { phase: "on", track: microphone, deviceId: undefined, label: "hum" },
    camera: { phase: "on", track: camera, deviceId: undefined, label: "bar" },
    devices: [],
    preview: undefined,
  };
  return {
    state: () => state,
    subscribe: () => () => {},
    turn: () => Promise.resolve(),
    choose: () => Promise.resolve(),
    microphoneLevel: () => 0,
    stop: () => {
      clearInterval(timer);
      void context.close();
    },
  };
}
