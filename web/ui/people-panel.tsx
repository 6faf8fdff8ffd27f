import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import type { Tile } from "../view/tiles.ts";
import { Face } from "./face.tsx";
import { PersonActionsLater } from "./host-tools.tsx";
import { Icon } from "./icons.tsx";
import { LinkRow } from "./link-row.tsx";

export const PEOPLE_PANEL_ID = "people-panel";

/** Who is in the call, in words. */
export function PeoplePanel({
  call,
  onClose,
}: {
  call: CallView;
  onClose: () => void;
}): JSX.Element {
  const close = useRef<HTMLButtonElement>(null);
  const { text } = call;
  useEffect(() => close.current?.focus(), []);
  return (
    <aside
      id={PEOPLE_PANEL_ID}
      class="people"
      aria-label={text.call.people}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header>
        <h2>{text.call.inCall(call.tiles.value.length)}</h2>
        <button
          ref={close}
          type="button"
          class="plain"
          aria-label={text.call.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <HostCard call={call} />
      <ul>
        {call.tiles.value.map((tile) => (
          <Row key={tile.key} call={call} tile={tile} />
        ))}
      </ul>
      <LinkRow call={call} />
    </aside>
  );
}

/** Of hosts alone: who waits, and what else is theirs to decide. */
function HostCard({ call }: { call: CallView }): JSX.Element | null {
  const { state, waitingCount, dialog } = call.hosting;
  const { hosting } = call.text;
  if (state.value === undefined) return null;
  return (
    <div class="host-card">
      {waitingCount.value === 0 ? null : (
        <button
          type="button"
          class="button primary"
          aria-haspopup="dialog"
          onClick={() => {
            dialog.value = { type: "waiting" };
          }}
        >
          <Icon name="door" />
          {hosting.waiting(waitingCount.value)}
        </button>
      )}
      <button
        type="button"
        class="button quiet"
        aria-haspopup="dialog"
        onClick={() => {
          dialog.value = { type: "controls" };
        }}
      >
        {hosting.controls}
      </button>
    </div>
  );
}

function Row({ call, tile }: { call: CallView; tile: Tile }): JSX.Element {
  const { text } = call;
  const states = [
    {
      icon: tile.microphone ? ("microphone" as const) : ("microphone-off" as const),
      words: tile.microphone ? text.call.microphoneIsOn : text.call.microphoneIsOff,
    },
    {
      icon: tile.camera ? ("camera" as const) : ("camera-off" as const),
      words: tile.camera ? text.call.cameraIsOn : text.call.cameraIsOff,
    },
  ];
  return (
    <li data-tint={tile.tint} data-speaking={tile.speaking ? "" : undefined}>
      <Face initials={tile.initials} />
      <span class="person">
        <span>
          <bdi>{tile.fullName}</bdi>
        </span>
        <span class="person-link">
          {tile.role === undefined ? null : `${text.hosting.roles[tile.role]} · `}
          {tile.connection}
        </span>
        {tile.trust === "unknown" ? null : (
          <span class="person-link person-trust" data-trust={tile.trust}>
            <Icon name={tile.trust === "verified" ? "shield-check" : "shield"} />
            {text.call.trust[tile.trust]}
          </span>
        )}
        {tile.troubleHint === undefined ? null : (
          <span class="person-link">{tile.troubleHint}</span>
        )}
      </span>
      {states.map(({ icon, words }) => (
        <span key={icon} class="person-state" role="img" aria-label={words} title={words}>
          <Icon name={icon} />
        </span>
      ))}
      <PersonActionsLater call={call} tile={tile} />
    </li>
  );
}
