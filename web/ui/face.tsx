import type { JSX } from "preact";
import { Icon } from "./icons.tsx";

/** Stands for a person whose picture is not there. */
export function Face({ initials }: { initials: string }): JSX.Element {
  return (
    <span class="avatar" aria-hidden="true">
      {initials === "" ? <Icon name="person" /> : initials}
    </span>
  );
}
