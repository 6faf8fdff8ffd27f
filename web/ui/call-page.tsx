import type { JSX } from "preact";
import { useCallback, useRef } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { CallControls } from "./call-controls.tsx";
import { CodeButton, CodeDialogWhenLoaded } from "./code-button.tsx";
import { HostDialogsLater } from "./host-tools.tsx";
import { Icon } from "./icons.tsx";
import { PeoplePanel } from "./people-panel.tsx";
import { SettingsDialog } from "./settings-dialog.tsx";
import { Stage } from "./stage.tsx";

/** The call itself. */
export function CallPage({ call }: { call: CallView }): JSX.Element {
  const peopleButton = useRef<HTMLButtonElement>(null);
  const { text } = call;
  const waiting = call.waiting.value;
  const closePeople = useCallback(() => {
    call.peopleShown.value = false;
    peopleButton.current?.focus();
  }, [call]);
  return (
    <main class="call">
      <h1 class="unseen" tabIndex={-1}>
        {call.label.value ?? text.call.title}
      </h1>
      <div class="call-body">
        <Stage call={call} />
        {call.peopleShown.value ? <PeoplePanel call={call} onClose={closePeople} /> : null}
      </div>
      {waiting === undefined ? null : (
        <p class="waiting" role="status">
          {waiting}
        </p>
      )}
      {call.soundBlocked.value ? (
        <div class="hear">
          <button
            type="button"
            class="button primary"
            onClick={() => {
              call.soundBlocked.value = false;
            }}
          >
            <Icon name="sound" />
            {text.call.hear}
          </button>
          <p>{text.call.hearHint}</p>
        </div>
      ) : null}
      <footer class="call-foot">
        <div class="call-name">
          <CodeButton call={call} />
          <p class="call-label">
            <bdi>{call.label.value ?? text.lobby.unnamed}</bdi>
          </p>
        </div>
        <CallControls call={call} peopleButton={peopleButton} />
      </footer>
      <HostDialogsLater call={call} />
      {call.settingsShown.value ? <SettingsDialog call={call} /> : null}
      {call.codeShown.value ? <CodeDialogWhenLoaded call={call} /> : null}
    </main>
  );
}
