import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { Icon } from "./icons.tsx";

/** The shield: leads to the security code, and says how it stands. */
export function CodeButton({ call }: { call: CallView }): JSX.Element {
  const { text } = call;
  const { state, words } = call.shield.value;
  return (
    <button
      type="button"
      class="round shield"
      aria-label={text.call.code.title}
      aria-haspopup="dialog"
      aria-description={words}
      data-tip={words ?? text.call.code.title}
      data-state={state}
      data-problem={state === "attention" ? "" : undefined}
      onClick={call.openCode}
    >
      <Icon name={state === "verified" ? "shield-check" : "shield"} />
    </button>
  );
}

type Dialog = (props: { call: CallView }) => JSX.Element;

/** Fetches the dialog when it is first wanted: few calls need it, and no call needs it to begin. */
export function CodeDialogWhenLoaded({ call }: { call: CallView }): JSX.Element | null {
  const [Loaded, setLoaded] = useState<Dialog | undefined>(undefined);
  useEffect(() => {
    let isWanted = true;
    import("./code-dialog.tsx").then(
      ({ CodeDialog }) => {
        if (isWanted) setLoaded(() => CodeDialog);
      },
      () => {
        if (isWanted) call.codeNotLoaded();
      },
    );
    return () => {
      isWanted = false;
      // Gone with the page of the call, it must not stand there when the call is joined again.
      call.closeCode();
    };
  }, [call]);
  return Loaded === undefined ? null : <Loaded call={call} />;
}
