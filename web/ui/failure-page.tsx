import type { JSX } from "preact";
import type { AppView } from "../view/app-view.ts";
import { type Advice, sentenceFor } from "../view/failure-advice.ts";
import type { Problem } from "../view/call-view.ts";
import { MessagePage } from "./message-page.tsx";

/** Why there is no call, and what to do. */
export function FailurePage({
  app,
  failure,
  onAgain,
}: {
  app: AppView;
  failure: Pick<Problem, "code" | "advice">;
  onAgain: () => void;
}): JSX.Element {
  const { text } = app;
  const { title, text: words } = sentenceFor(text, failure.code);
  return (
    <MessagePage product={text.product} title={title} text={words} code={failure.code} alarming>
      <Main advice={failure.advice} app={app} onAgain={onAgain} />
      <button type="button" class="button quiet" onClick={app.home}>
        {text.failure.home}
      </button>
    </MessagePage>
  );
}

function Main({
  advice,
  app,
  onAgain,
}: {
  advice: Advice;
  app: AppView;
  onAgain: () => void;
}): JSX.Element {
  const { failure } = app.text;
  const actions = {
    again: { label: failure.again, run: onAgain },
    reload: { label: failure.reload, run: app.reload },
    "new-call": {
      label: failure.newCall,
      run: () => void app.newCall({ label: "", letIn: false }),
    },
  } as const satisfies Record<Advice, unknown>;
  const { label, run } = actions[advice];
  return (
    <button type="button" class="button primary" onClick={run}>
      {label}
    </button>
  );
}
