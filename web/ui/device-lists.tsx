import type { JSX } from "preact";
import type { DeviceChoice } from "../view/device-choice.ts";

/** Lists to choose microphone, camera and speaker. */
export function DeviceLists({
  devices,
  onChoose,
}: {
  devices: readonly DeviceChoice[];
  onChoose: (kind: DeviceChoice["kind"], id: string) => void;
}): JSX.Element {
  return (
    <div class="devices">
      {devices.map(({ kind, label, options, chosenId, none }) => (
        <label key={kind} class="field">
          <span class="field-label">{label}</span>
          <select
            class="input"
            value={chosenId}
            disabled={options.length === 0}
            onChange={(event) => onChoose(kind, event.currentTarget.value)}
          >
            {options.length === 0 ? <option value="">{none}</option> : null}
            {options.map((option) => (
              <option key={option.id} value={option.id}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
      ))}
    </div>
  );
}
