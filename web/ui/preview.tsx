import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { SELF_KEY } from "../view/tiles.ts";
import { Face } from "./face.tsx";
import { LevelMeter } from "./level-meter.tsx";
import { Picture } from "./media-element.tsx";
import { StreamButton } from "./stream-button.tsx";

/** Oneself, before the others see one. */
export function Preview({ call }: { call: CallView }): JSX.Element {
  const { text } = call;
  const self = call.tiles.value[0];
  const microphone = call.microphone.value;
  const camera = call.camera.value;
  const level = useCallback(() => call.level(SELF_KEY), [call]);
  const problems = [microphone.problem, camera.problem].filter((problem) => problem !== undefined);
  return (
    <div class="preview-side">
      <div class="preview" data-tint={self?.tint}>
        {self?.video === undefined ? (
          <div class="preview-empty">
            <Face initials={self?.initials ?? ""} />
            <span>{camera.asking ? text.lobby.cameraAsking : text.lobby.cameraOff}</span>
          </div>
        ) : (
          <Picture media={self.video} mirrored fit="cover" />
        )}
        <div class="preview-controls">
          <StreamButton control={microphone} onToggle={() => call.toggle("microphone")} />
          <StreamButton control={camera} onToggle={() => call.toggle("camera")} />
          {microphone.on ? <LevelMeter level={level} label={text.lobby.level} /> : null}
        </div>
      </div>
      <div role="alert" class="media-problems">
        {problems.map(({ title, text: advice }) => (
          <p key={title} class="field-problem">
            <strong>{title}</strong> {advice}
          </p>
        ))}
        {problems.length === 0 ? null : <p class="field-hint">{text.lobby.joinWithout}</p>}
      </div>
    </div>
  );
}
