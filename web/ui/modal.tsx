import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";

/** A dialog over the page. Focus goes in with it, and back to where it was; where that is gone, to the People button. */
export function Modal({
  label,
  closeLabel,
  onClose,
  children,
  dialogRef,
}: {
  label: string;
  closeLabel: string;
  onClose: () => void;
  children: ComponentChildren;
  dialogRef?: RefObject<HTMLDialogElement | null>;
}): JSX.Element {
  const own = useRef<HTMLDialogElement>(null);
  const dialog = dialogRef ?? own;
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      const isThere = opener instanceof HTMLElement && opener.isConnected;
      const home = isThere && opener !== document.body ? opener : peopleButton();
      home?.focus();
    };
  }, [dialog]);
  return (
    <dialog ref={dialog} class="dialog" aria-label={label} onClose={onClose}>
      <header>
        <h2>{label}</h2>
        <button
          type="button"
          class="plain"
          aria-label={closeLabel}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

const peopleButton = (): HTMLElement | null =>
  document.querySelector<HTMLElement>("[data-people-button]");
