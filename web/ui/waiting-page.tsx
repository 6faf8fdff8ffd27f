import type { JSX } from "preact";
import type { CallView } from "../view/call-view.ts";
import { Preview } from "./preview.tsx";

/** Waiting to be let in: oneself, whether somebody is there to do it, and the way back. */
export function WaitingPage({ call }: { call: CallView }): JSX.Element {
  const { text } = call;
  const isHostHere = call.door.value?.hostPresent === true;
  return (
    <main class="lobby lobby-main waiting-page">
      <Preview call={call} />
      <div class="join">
        <h1 tabIndex={-1}>{text.waiting.title}</h1>
        <p class="waiting-line" role="status">
          {isHostHere ? text.waiting.hostHere : text.waiting.hostAway}
        </p>
        <p class="who" dir="auto">
          {text.waiting.as(call.name.value.trim())}
        </p>
        <button type="button" class="button quiet large" onClick={call.stopWaiting}>
          {text.waiting.stop}
        </button>
      </div>
    </main>
  );
}
