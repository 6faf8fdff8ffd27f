import type { JSX } from "preact";
import type { HostingCatalogue } from "../../i18n/catalogue.ts";
import type { CallView } from "../../view/call-view.ts";
import { Modal } from "../modal.tsx";
import { ControlsDialog } from "./controls-dialog.tsx";
import { WaitingDialog } from "./waiting-dialog.tsx";

export { PersonActions } from "./person-actions.tsx";

/** Whichever dialog a host has open. */
export function HostDialogs({
  call,
  text,
}: {
  call: CallView;
  text: HostingCatalogue;
}): JSX.Element | null {
  const { dialog, state, actions } = call.hosting;
  const open = dialog.value;
  const now = state.value;
  const close = (): void => {
    dialog.value = undefined;
  };
  if (open === undefined || now === undefined) return null;
  switch (open.type) {
    case "waiting":
      return <WaitingDialog hosting={call.hosting} text={text} onClose={close} />;
    case "controls":
      return <ControlsDialog call={call} now={now} text={text} onClose={close} />;
    case "remove":
      return (
        <Confirm
          text={text}
          title={text.remove.title(open.name)}
          lines={[text.remove.always, ...(now.mode === "open" ? [text.remove.fromOpen] : [])]}
          yes={text.remove.yes}
          onYes={() => actions.remove(open.key)}
          onClose={close}
        />
      );
    case "end":
      return (
        <Confirm
          text={text}
          title={text.end.title}
          lines={[text.end.text]}
          yes={text.end.yes}
          onYes={actions.endForAll}
          onClose={close}
        />
      );
  }
}

/** Says what a step does before it is taken. */
function Confirm({
  text,
  title,
  lines,
  yes,
  onYes,
  onClose,
}: {
  text: HostingCatalogue;
  title: string;
  lines: readonly string[];
  yes: string;
  onYes: () => void;
  onClose: () => void;
}): JSX.Element {
  return (
    <Modal label={title} closeLabel={text.close} onClose={onClose}>
      <div class="confirm">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <div class="actions">
          <button
            type="button"
            class="button danger"
            onClick={() => {
              onClose();
              onYes();
            }}
          >
            {yes}
          </button>
          <button type="button" class="button quiet" onClick={onClose}>
            {text.cancel}
          </button>
        </div>
      </div>
    </Modal>
  );
}
