import type { JSX } from "preact";
import type { StreamSwitch } from "../view/stream-switch.ts";
import { SHORTCUT_KEYS } from "../view/shortcuts.ts";
import { Icon } from "./icons.tsx";

/** Turns one's microphone or camera on and off. */
export function StreamButton({
  control,
  onToggle,
}: {
  control: StreamSwitch;
  onToggle: () => void;
}): JSX.Element {
  const { stream, on, label, tip, problem } = control;
  return (
    <button
      type="button"
      class="round stream"
      aria-label={label}
      aria-pressed={on}
      aria-keyshortcuts={SHORTCUT_KEYS[stream]}
      data-tip={`${tip} · ${SHORTCUT_KEYS[stream]}`}
      data-problem={problem === undefined ? undefined : ""}
      data-asking={control.asking ? "" : undefined}
      onClick={onToggle}
    >
      <Icon name={on ? stream : `${stream}-off`} />
    </button>
  );
}
