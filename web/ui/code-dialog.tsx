import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { codeTextsFor, type CodeTexts } from "../i18n/code-texts.ts";
import type { CallView } from "../view/call-view.ts";
import { type CodeDialog as Shown, codeDialogOf, type ShownCode } from "../view/code-dialog.ts";
import { Icon } from "./icons.tsx";

/** What the people of a call compare, to know that nobody sits between them. */
export function CodeDialog({ call }: { call: CallView }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const status = useRef<HTMLParagraphElement>(null);
  const { text } = call;
  const texts = codeTextsFor(text.tag);
  const shown = codeDialogOf({
    security: call.security.value,
    phase: call.phase.value,
    tiles: call.tiles.value,
    tag: text.tag,
    someone: text.call.someone,
    texts,
  });
  useEffect(() => dialog.current?.showModal(), []);
  const judge = (verdict: "match" | "mismatch" | "again"): void => {
    call.judgeCode(verdict, shown.code?.digits ?? "");
    // The button that was pressed is gone; what it did is said where the focus is now.
    status.current?.focus();
  };
  return (
    <dialog
      ref={dialog}
      class="dialog code"
      aria-label={text.call.code.title}
      onClose={call.closeCode}
    >
      <header>
        <h2>{text.call.code.title}</h2>
        <button
          type="button"
          class="plain"
          aria-label={text.call.close}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <p>{texts.how.join(" ")}</p>
      {shown.code === undefined ? null : <Code code={shown.code} texts={texts} />}
      <div
        class="code-state"
        data-question={shown.question}
        data-busy={shown.isBusy ? "" : undefined}
      >
        <div role="status">
          <p ref={status} class="code-status" tabIndex={-1}>
            {shown.question === "matched" ? <Icon name="shield-check" /> : null}
            {shown.status}
          </p>
          {shown.hint === undefined ? null : <p>{shown.hint}</p>}
          {shown.warnings.map((warning) => (
            <p key={warning} class="code-warning">
              {warning}
            </p>
          ))}
        </div>
        <Answers call={call} shown={shown} texts={texts} onJudge={judge} />
      </div>
      {shown.remembered === 0 ? null : (
        <footer>
          <span>{texts.remembered(shown.remembered)}</span>
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              call.forgetVerified();
              status.current?.focus();
            }}
          >
            {texts.forget}
          </button>
        </footer>
      )}
    </dialog>
  );
}

function Code({ code, texts }: { code: ShownCode; texts: CodeTexts }): JSX.Element {
  return (
    <div class="code-shown">
      <ol class="code-signs" aria-label={texts.signs}>
        {code.signs.map(({ sign, name }, place) => (
          <li key={place}>
            <span class="code-sign" aria-hidden="true">
              {sign}
            </span>
            {name}
          </li>
        ))}
      </ol>
      <ol class="code-digits" aria-label={texts.digits} dir="ltr">
        {code.groups.map((group, place) => (
          <li key={place}>
            <span aria-hidden="true">{group}</span>
            <span class="unseen">{Array.from(group).join(" ")}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Answers({
  call,
  shown,
  texts,
  onJudge,
}: {
  call: CallView;
  shown: Shown;
  texts: CodeTexts;
  onJudge: (verdict: "match" | "mismatch" | "again") => void;
}): JSX.Element | null {
  switch (shown.question) {
    case undefined:
      return null;
    case "compare":
      return (
        <div class="code-answers">
          <button type="button" class="button primary" onClick={() => onJudge("match")}>
            {texts.match}
          </button>
          <button type="button" class="button quiet" onClick={() => onJudge("mismatch")}>
            {texts.mismatch}
          </button>
        </div>
      );
    case "matched":
      return (
        <div class="code-answers">
          <button type="button" class="button quiet" onClick={() => onJudge("again")}>
            {texts.again}
          </button>
        </div>
      );
    case "mismatched":
      return (
        <div class="code-answers">
          <button type="button" class="button primary" onClick={call.leave}>
            {texts.leave}
          </button>
          <button type="button" class="button quiet" onClick={() => onJudge("again")}>
            {texts.again}
          </button>
        </div>
      );
  }
}
