import type { JSX } from "preact";
import type { HostingCatalogue } from "../../i18n/catalogue.ts";
import type { CallView } from "../../view/call-view.ts";
import type { HostingView } from "../../view/hosting-view.ts";
import { Modal } from "../modal.tsx";
import { Switch } from "../switch.tsx";
import { HostLinks } from "./host-links.tsx";

type State = NonNullable<HostingView["state"]["value"]>;

/** As many as fit a call of our kind. */
const CAPACITIES = Array.from({ length: 15 }, (_, index) => index + 2);

/** Who gets in, by which link, and when it is over. */
export function ControlsDialog({
  call,
  now,
  text,
  onClose,
}: {
  call: CallView;
  now: State;
  text: HostingCatalogue;
  onClose: () => void;
}): JSX.Element {
  const { controls } = text;
  const { actions, dialog, isHost } = call.hosting;
  const isKnock = now.mode === "knock";
  return (
    <Modal label={controls.title} closeLabel={text.close} onClose={onClose}>
      <div class="host-controls">
        <Switch
          label={controls.letIn}
          hint={controls.letInHint[isKnock ? "on" : "off"]}
          isOn={isKnock}
          onTurn={(on) => actions.setMode(on ? "knock" : "open")}
        />
        <Switch
          label={controls.lock}
          hint={controls.lockHint}
          isOn={now.locked}
          onTurn={actions.setLocked}
        />
        {isHost.value ? (
          <>
            <div class="host-step">
              <button type="button" class="button quiet" onClick={actions.newLink}>
                {controls.newLink}
              </button>
              <p class="field-hint">{controls.newLinkHint}</p>
            </div>
            <Capacity now={now} text={text} onChoose={actions.setCapacity} />
          </>
        ) : null}
        <Bans now={now} text={text} onUnban={actions.unban} />
        {isHost.value ? (
          <>
            <HostLinks call={call} now={now} text={text} />
            <button
              type="button"
              class="button danger"
              onClick={() => {
                dialog.value = { type: "end" };
              }}
            >
              {controls.endForAll}
            </button>
          </>
        ) : null}
      </div>
    </Modal>
  );
}

function Capacity({
  now,
  text,
  onChoose,
}: {
  now: State;
  text: HostingCatalogue;
  onChoose: (people: number) => void;
}): JSX.Element {
  return (
    <label class="field">
      <span class="field-label">{text.controls.capacity}</span>
      <select
        class="input"
        value={now.capacity}
        onChange={(event) => onChoose(Number(event.currentTarget.value))}
      >
        {CAPACITIES.map((people) => (
          <option key={people} value={people}>
            {people}
          </option>
        ))}
      </select>
    </label>
  );
}

function Bans({
  now,
  text: { controls },
  onUnban,
}: {
  now: State;
  text: HostingCatalogue;
  onUnban: (key: string) => void;
}): JSX.Element | null {
  if (now.bans.length === 0) return null;
  return (
    <section class="host-list" aria-label={controls.bans}>
      <h3>{controls.bans}</h3>
      <ul>
        {now.bans.map(({ key, name = controls.somebody }) => (
          <li key={key}>
            <bdi>{name}</bdi>
            <button
              type="button"
              class="button quiet small"
              aria-label={controls.unbanName(name)}
              onClick={() => onUnban(key)}
            >
              {controls.unban}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
