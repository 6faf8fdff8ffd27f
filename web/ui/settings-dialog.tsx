import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { DeviceLists } from "./device-lists.tsx";
import { Icon } from "./icons.tsx";

/** Devices and codec, changed while the call goes on. */
export function SettingsDialog({ call }: { call: CallView }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const { text } = call;
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-label={text.call.settings}
      onClose={() => {
        call.settingsShown.value = false;
      }}
    >
      <header>
        <h2>{text.call.settings}</h2>
        <button
          type="button"
          class="plain"
          aria-label={text.call.close}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <DeviceLists devices={call.devices.value} onChoose={call.choose} />
      <label class="check">
        <input
          type="checkbox"
          checked={call.preferAv1.value}
          onChange={(event) => call.setPreferAv1(event.currentTarget.checked)}
        />
        <span>
          {text.call.preferAv1}
          <span class="field-hint">{text.call.preferAv1Hint}</span>
        </span>
      </label>
    </dialog>
  );
}
