import type { JSX } from "preact";
import { useId } from "preact/hooks";

/** Something that is so or not, with what that means. */
export function Switch({
  label,
  hint,
  isOn,
  onTurn,
}: {
  label: string;
  hint: string;
  isOn: boolean;
  onTurn: (on: boolean) => void;
}): JSX.Element {
  const hintId = useId();
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-label={label}
        aria-describedby={hintId}
        checked={isOn}
        onChange={(event) => onTurn(event.currentTarget.checked)}
      />
      <span class="switch-words">
        <span class="field-label">{label}</span>
        <span id={hintId} class="field-hint">
          {hint}
        </span>
      </span>
    </label>
  );
}
