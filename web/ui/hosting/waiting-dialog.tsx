import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { HostingCatalogue } from "../../i18n/catalogue.ts";
import type { HostingView } from "../../view/hosting-view.ts";
import { Modal } from "../modal.tsx";

/** Who waits to be let in, and what to say to each. */
export function WaitingDialog({
  hosting,
  text: { waiting: text, close },
  onClose,
}: {
  hosting: HostingView;
  text: HostingCatalogue;
  onClose: () => void;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const { actions } = hosting;
  const waiting = hosting.state.value?.waiting ?? [];
  useEffect(() => {
    const { current } = dialog;
    // Whoever was answered goes with their buttons; the next are as near.
    if (current === null || !current.open || current.contains(document.activeElement)) return;
    const next = current.querySelector<HTMLElement>("li button");
    (next ?? current.querySelector<HTMLElement>("header button"))?.focus();
  }, [waiting.length]);
  return (
    <Modal label={text.title} closeLabel={close} onClose={onClose} dialogRef={dialog}>
      {waiting.length === 0 ? <p class="nobody">{text.nobody}</p> : null}
      {waiting.length > 1 ? (
        <button type="button" class="button primary admit-all" onClick={actions.admitAll}>
          {text.admitAll}
        </button>
      ) : null}
      <ul class="waiting-list">
        {waiting.map(({ key, name, isKnown }) => (
          <li key={key}>
            <span class="person">
              <bdi>{name}</bdi>
              <span class="person-link">{isKnown ? text.isKnown : text.isNew}</span>
            </span>
            <span class="waiting-answers">
              <button
                type="button"
                class="button primary small"
                aria-label={text.admitName(name)}
                onClick={() => actions.admit(key)}
              >
                {text.admit}
              </button>
              <button
                type="button"
                class="button quiet small"
                aria-label={text.refuseName(name)}
                onClick={() => actions.refuse(key, false)}
              >
                {text.refuse}
              </button>
              <button
                type="button"
                class="button quiet small"
                aria-label={text.blockName(name)}
                onClick={() => actions.refuse(key, true)}
              >
                {text.block}
              </button>
            </span>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
