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
