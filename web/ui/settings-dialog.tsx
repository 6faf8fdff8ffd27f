import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { DeviceLists } from "./device-lists.tsx";
import { Icon } from "./icons.tsx";

/** Devices, changed while the call goes on. */
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
    </dialog>
  );
}
