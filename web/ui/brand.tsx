import type { JSX } from "preact";

/** The mark: a voice going quiet. */
function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="32" height="32" rx="10" />
      <path class="mark-voice" d="M9 8.5v15M16 12v8M23 14.9v2.2" />
    </svg>
  );
}

export function Brand({ name }: { name: string }): JSX.Element {
  return (
    <span class="brand">
      <Mark />
      <span class="brand-name">{name}</span>
    </span>
  );
}
