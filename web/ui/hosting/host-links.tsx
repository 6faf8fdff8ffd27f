import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { HostingCatalogue } from "../../i18n/catalogue.ts";
import type { CallView } from "../../view/call-view.ts";
import type { HostingView } from "../../view/hosting-view.ts";

/** Who else hosts: links that make whoever opens them host or co-host. */
export function HostLinks({
  call,
  now,
  text: { controls },
}: {
  call: CallView;
  now: NonNullable<HostingView["state"]["value"]>;
  text: HostingCatalogue;
}): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const { actions, hostLink } = call.hosting;
  const made = hostLink.value;
  return (
    <section class="host-list" aria-label={controls.hostLinks}>
      <h3>{controls.hostLinks}</h3>
      <p class="field-hint">{controls.hostLinksHint}</p>
      <div class="host-buttons">
        <button type="button" class="button quiet" onClick={() => actions.makeHostLink("host")}>
          {controls.makeHost}
        </button>
        <button type="button" class="button quiet" onClick={() => actions.makeHostLink("co-host")}>
          {controls.makeCoHost}
        </button>
      </div>
      {made === undefined ? null : (
        <div class="link-row">
          <input
            ref={field}
            class="input link-field"
            type="text"
            readOnly
            dir="ltr"
            value={made}
            aria-label={controls.madeLink}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              void call.copy(made, controls.copied).then((isCopied) => {
                if (!isCopied) field.current?.select();
              });
            }}
          >
            {controls.copy}
          </button>
        </div>
      )}
      <ul>
        {now.hostLinks.map(({ serial, role, isTaken, name = controls.somebody }) => (
          <li key={serial}>
            <span class="person">
              <span>{controls.roles[role]}</span>
              <span class="person-link">{isTaken ? controls.taken(name) : controls.notTaken}</span>
            </span>
            <button
              type="button"
              class="button quiet small"
              aria-label={controls.withdrawName(controls.roles[role])}
              onClick={() => actions.withdraw(serial)}
            >
              {controls.withdraw}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
