import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { HostingCatalogue } from "../../i18n/catalogue.ts";
import type { CallView } from "../../view/call-view.ts";
import type { Tile } from "../../view/tiles.ts";
import { Icon } from "../icons.tsx";

/** What a host may do to one person of the list, behind one button. */
export function PersonActions({
  call,
  tile,
  text: { person: text },
}: {
  call: CallView;
  tile: Tile;
  text: HostingCatalogue;
}): JSX.Element | null {
  const [isOpen, setOpen] = useState(false);
  const { actions, dialog, powersOver } = call.hosting;
  const powers = powersOver(tile);
  const { key, fullName: name } = tile;
  const steps = [
    {
      may: powers.mute,
      label: text.muteName(name),
      words: text.mute,
      run: () => actions.mute(key),
    },
    {
      may: powers.makeCoHost,
      label: text.makeCoHostName(name),
      words: text.makeCoHost,
      run: () => actions.setCoHost(key, true),
    },
    {
      may: powers.withdrawCoHost,
      label: text.withdrawCoHostName(name),
      words: text.withdrawCoHost,
      run: () => actions.setCoHost(key, false),
    },
    {
      may: powers.remove,
      label: text.removeName(name),
      words: text.remove,
      run: () => {
        dialog.value = { type: "remove", key, name };
      },
    },
  ].filter(({ may }) => may);
  if (steps.length === 0) return null;
  return (
    <>
      <button
        type="button"
        class="plain"
        aria-label={text.actions(name)}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="more" />
      </button>
      {isOpen ? (
        <span class="person-actions">
          {steps.map(({ label, words, run }) => (
            <button
              key={words}
              type="button"
              class="button quiet small"
              aria-label={label}
              onClick={run}
            >
              {words}
            </button>
          ))}
        </span>
      ) : null}
    </>
  );
}
