import type { LocalStream } from "../core/local-media.ts";
import type { LinkStream } from "../core/peer-link.ts";
import type { Catalogue, Sentence } from "../i18n/catalogue.ts";

/** The button that turns one's microphone or camera on and off. */
export type StreamSwitch = {
  readonly stream: LinkStream;
  readonly label: string;
  /** What pressing it does now. */
  readonly tip: string;
  readonly on: boolean;
  readonly asking: boolean;
  /** Why it could not be turned on. */
  readonly problem: Sentence | undefined;
};

export function streamSwitch(
  stream: LinkStream,
  state: LocalStream,
  text: Catalogue,
): StreamSwitch {
  const on = state.phase === "on" || state.phase === "asking";
  const { microphoneOn, microphoneOff, cameraOn, cameraOff } = text.call.tips;
  const tips = stream === "microphone" ? [microphoneOn, microphoneOff] : [cameraOn, cameraOff];
  return {
    stream,
    label: text.call[stream],
    tip: (on ? tips[0] : tips[1]) ?? "",
    on,
    asking: state.phase === "asking",
    problem: state.phase === "failed" ? text.media[state.code][stream] : undefined,
  };
}
