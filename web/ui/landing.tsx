import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AppView, PasteProblem } from "../view/app-view.ts";
import { sentenceFor } from "../view/failure-advice.ts";
import { Brand } from "./brand.tsx";
import { CallPicture } from "./call-picture.tsx";
import { Switch } from "./switch.tsx";

/** Where a call begins: make one, or open a link to one. */
export function Landing({
  app,
  sourceUrl,
}: {
  app: AppView;
  sourceUrl: string | undefined;
}): JSX.Element {
  const { text } = app;
  const { landing } = text;
  return (
    <div class="landing">
      <header class="landing-head">
        <Brand name={text.product} />
        {sourceUrl === undefined ? null : (
          <a class="quiet-link" href={sourceUrl} rel="noopener noreferrer">
            {landing.source}
          </a>
        )}
      </header>
      <main class="landing-main">
        <div class="hero">
          <h1 tabIndex={-1}>{landing.title}</h1>
          <p class="hero-lines">
            {landing.lines.map((line) => (
              <span key={line}>{line}</span>
            ))}
          </p>
          <NewCall app={app} />
          <PasteLink app={app} />
        </div>
        <CallPicture label={landing.preview} />
        <section class="points" aria-label={landing.pointsTitle}>
          {landing.points.map((point) => (
            <div key={point.title} class="point">
              <h2>{point.title}</h2>
              <p>{point.text}</p>
            </div>
          ))}
        </section>
      </main>
      <footer class="landing-foot">
        {app.build.value === undefined ? null : landing.build(app.build.value)}
      </footer>
    </div>
  );
}

function NewCall({ app }: { app: AppView }): JSX.Element {
  const [label, setLabel] = useState("");
  const [letIn, setLetIn] = useState(false);
  const { text } = app;
  const busy = app.creating.value;
  const failure = app.createFailure.value;
  const sentence = failure === undefined ? undefined : sentenceFor(text, failure);
  return (
    <form
      class="new-call"
      onSubmit={(event) => {
        event.preventDefault();
        void app.newCall({ label, letIn });
      }}
    >
      <button type="submit" class="button primary large" aria-disabled={busy}>
        {busy ? text.landing.creating : text.landing.newCall}
      </button>
      <Switch
        label={text.landing.letIn}
        hint={text.landing.letInHint[letIn ? "on" : "off"]}
        isOn={letIn}
        onTurn={setLetIn}
      />
      <details class="name-it">
        <summary>{text.landing.nameIt}</summary>
        <label class="field">
          <span class="field-label">{text.landing.callName}</span>
          <input
            class="input"
            type="text"
            maxLength={64}
            dir="auto"
            autocomplete="off"
            value={label}
            onInput={(event) => setLabel(event.currentTarget.value)}
          />
          <span class="field-hint">{text.landing.callNameHint}</span>
        </label>
      </details>
      <div role="alert">
        {sentence === undefined ? null : (
          <p class="field-problem">
            {sentence.title}. {sentence.text}
          </p>
        )}
      </div>
    </form>
  );
}

function PasteLink({ app }: { app: AppView }): JSX.Element {
  const [pasted, setPasted] = useState("");
  const { landing } = app.text;
  const problem = app.pasteProblem.value;
  return (
    <form
      class="paste"
      onSubmit={(event) => {
        event.preventDefault();
        app.openLink(pasted);
      }}
    >
      <label class="field">
        <span class="field-label">{landing.pasteLink}</span>
        <span class="paste-row">
          <input
            class="input"
            type="text"
            inputMode="url"
            dir="ltr"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder={landing.pasteHint}
            value={pasted}
            onInput={(event) => setPasted(event.currentTarget.value)}
          />
          <button type="submit" class="button quiet">
            {landing.open}
          </button>
        </span>
      </label>
      <div role="alert">
        {problem === undefined ? null : <Problem app={app} problem={problem} />}
      </div>
    </form>
  );
}

function Problem({ app, problem }: { app: AppView; problem: PasteProblem }): JSX.Element {
  const { landing } = app.text;
  if (problem.type === "not-a-link") return <p class="field-problem">{landing.notALink}</p>;
  return (
    <p class="field-problem">
      {landing.otherSite(problem.host)}{" "}
      <a href={problem.url} rel="noopener noreferrer">
        {landing.goThere}
      </a>
    </p>
  );
}
