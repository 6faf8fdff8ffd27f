/** Measures one's own microphone, without sending or playing it. */
export type MicrophoneLevel = {
  readonly listen: (track: MediaStreamTrack | undefined) => void;
  /** 0…1, root mean square of the last 20 ms or so. */
  readonly now: () => number;
  readonly stop: () => void;
};

/** Samples looked at: about 20 ms at 48 kHz. */
const WINDOW = 1024;

/** A meter over an AnalyserNode. Shows 0 where the browser lets no audio context run yet. */
export function createMicrophoneLevel(): MicrophoneLevel {
  let context: AudioContext | undefined;
  let source: MediaStreamAudioSourceNode | undefined;
  let analyser: AnalyserNode | undefined;
  const samples = new Float32Array(WINDOW);
  const release = (): void => {
    source?.disconnect();
    source = undefined;
  };
  return {
    listen: (track) => {
      release();
      if (track === undefined) return;
      context ??= new AudioContext();
      analyser ??= new AnalyserNode(context, { fftSize: WINDOW });
      source = context.createMediaStreamSource(new MediaStream([track]));
      source.connect(analyser);
    },
    now: () => {
      if (source === undefined || analyser === undefined) return 0;
      // Made before the first click, it waits; by the time somebody looks it may run.
      if (context?.state === "suspended") void context.resume();
      analyser.getFloatTimeDomainData(samples);
      const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
      return Math.min(1, Math.sqrt(energy / WINDOW));
    },
    stop: () => {
      release();
      void context?.close();
      context = undefined;
      analyser = undefined;
    },
  };
}
