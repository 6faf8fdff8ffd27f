import type { JSX, RefObject } from "preact";
import type { CallView } from "../view/call-view.ts";
import { SHORTCUT_KEYS } from "../view/shortcuts.ts";
import { Icon } from "./icons.tsx";
import { PEOPLE_PANEL_ID } from "./people-panel.tsx";
import { StreamButton } from "./stream-button.tsx";

/** The buttons of a call. */
export function CallControls({
  call,
  peopleButton,
}: {
  call: CallView;
  peopleButton: RefObject<HTMLButtonElement | null>;
}): JSX.Element {
  const { text } = call;
  const copy = async (): Promise<void> => {
    // The panel has the link as text, to copy by hand.
    if (!(await call.copyLink())) call.peopleShown.value = true;
  };
  return (
    <div class="controls" role="toolbar" aria-label={text.call.controls}>
      <StreamButton control={call.microphone.value} onToggle={() => call.toggle("microphone")} />
      <StreamButton control={call.camera.value} onToggle={() => call.toggle("camera")} />
      <button
        ref={peopleButton}
        type="button"
        class="round"
        data-people-button=""
        data-waiting={call.hosting.waitingCount.value > 0 ? "" : undefined}
        aria-label={text.call.people}
        aria-expanded={call.peopleShown.value}
        aria-controls={PEOPLE_PANEL_ID}
        aria-keyshortcuts={SHORTCUT_KEYS.people}
        data-tip={`${text.call.people} · ${SHORTCUT_KEYS.people}`}
        onClick={() => {
          call.peopleShown.value = !call.peopleShown.value;
        }}
      >
        <Icon name="people" />
        <span class="count" aria-hidden="true">
          {call.tiles.value.length}
        </span>
      </button>
      <button
        type="button"
        class="round"
        aria-label={text.call.copyLink}
        data-tip={text.call.copyLink}
        onClick={() => void copy()}
      >
        <Icon name="link" />
      </button>
      <button
        type="button"
        class="round"
        aria-label={text.call.settings}
        aria-haspopup="dialog"
        data-tip={text.call.settings}
        onClick={() => {
          call.settingsShown.value = true;
        }}
      >
        <Icon name="settings" />
      </button>
      <button
        type="button"
        class="round leave"
        aria-label={text.call.leave}
        data-tip={text.call.leave}
        onClick={call.leave}
      >
        <Icon name="leave" />
      </button>
    </div>
  );
}
