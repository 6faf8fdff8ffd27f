import type { JSX } from "preact";
import type { CallView } from "../view/call-view.ts";
import { Icon } from "./icons.tsx";

/** What happened, said once. The regions stand from the beginning: one that comes with its first words is not read out. */
export function Notices({ call }: { call: CallView }): JSX.Element {
  const { text } = call;
  const problem = call.screen.value === "call" ? call.problem.value : undefined;
  return (
    <div class="notices">
      <div role="alert" class="alerts">
        {problem === undefined ? null : (
          <p class="notice alarming">
            {problem.title}. {problem.text}
          </p>
        )}
        {call.alerts.value.map((alert) => (
          <p key={alert.id} class="notice alarming">
            {alert.text}
            <button
              type="button"
              class="plain"
              aria-label={text.call.dismiss}
              onClick={() => call.dismiss(alert.id)}
            >
              <Icon name="close" />
            </button>
          </p>
        ))}
      </div>
      <Door call={call} />
      <div role="status" aria-atomic="false" class="announcements">
        {call.announcements.value.map((line) => (
          <p key={line.id} class="notice passing" dir="auto">
            {line.text}
          </p>
        ))}
      </div>
    </div>
  );
}

/** What asks a host for an answer. It is said by the announcements; this is the button. */
function Door({ call }: { call: CallView }): JSX.Element | null {
  const { state, waitingLine, dialog, actions } = call.hosting;
  const { hosting } = call.text;
  if (state.value === undefined) return null;
  const { undo, isKeyNews } = state.value;
  // The list of people has the same button, on top.
  const line = call.peopleShown.value ? undefined : waitingLine.value;
  return (
    <>
      {isKeyNews && !call.peopleShown.value ? (
        <div class="notice asking">
          <p>{hosting.key}</p>
          <button
            type="button"
            class="button quiet small"
            aria-haspopup="dialog"
            onClick={() => {
              actions.knowOfKey();
              dialog.value = { type: "controls" };
            }}
          >
            {hosting.keyLink}
          </button>
          <button type="button" class="button quiet small" onClick={actions.knowOfKey}>
            {hosting.keyKnown}
          </button>
        </div>
      ) : null}
      {undo === undefined ? null : (
        <p class="notice asking" dir="auto">
          {hosting.removed(undo.name ?? call.text.call.someone)}
          <button type="button" class="button quiet small" onClick={actions.undoRemove}>
            {hosting.undo}
          </button>
        </p>
      )}
      {line === undefined ? null : (
        <p class="notice asking" dir="auto">
          {line}
          <button
            type="button"
            class="button primary small"
            aria-haspopup="dialog"
            onClick={() => {
              dialog.value = { type: "waiting" };
            }}
          >
            {hosting.seeWaiting}
          </button>
        </p>
      )}
    </>
  );
}
