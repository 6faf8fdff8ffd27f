import type { JSX } from "preact";
import type { CallView } from "../view/call-view.ts";
import { Brand } from "./brand.tsx";
import { DeviceLists } from "./device-lists.tsx";
import { LinkRow } from "./link-row.tsx";
import { Preview } from "./preview.tsx";

/** Before the call: see oneself, choose a name and devices, join. */
export function Lobby({ call, onHome }: { call: CallView; onHome: () => void }): JSX.Element {
  const { text } = call;
  const problem = call.problem.value;
  return (
    <div class="lobby">
      <header class="lobby-head">
        <a
          class="brand-link"
          href="/"
          onClick={(event) => {
            event.preventDefault();
            onHome();
          }}
        >
          <Brand name={text.product} />
        </a>
      </header>
      <main class="lobby-main">
        <Preview call={call} />
        <form
          class="join"
          onSubmit={(event) => {
            event.preventDefault();
            call.join();
          }}
        >
          <h1 tabIndex={-1}>
            <bdi>{call.label.value ?? text.lobby.title}</bdi>
          </h1>
          <p class="who">{inCallLine(call)}</p>
          <div role="alert">
            {problem === undefined ? null : (
              <div class="card alarming">
                <p>
                  <strong>{problem.title}.</strong> {problem.text}
                </p>
                <button type="button" class="button quiet" onClick={call.again}>
                  {text.failure.again}
                </button>
              </div>
            )}
          </div>
          <label class="field">
            <span class="field-label">{text.lobby.yourName}</span>
            <input
              class="input large"
              type="text"
              name="name"
              maxLength={64}
              dir="auto"
              autocomplete="name"
              placeholder={text.lobby.nameHint}
              required={call.door.value !== undefined}
              value={call.name.value}
              onInput={(event) => call.setName(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button primary large">
            {text.lobby.join}
          </button>
          {call.door.value === undefined ? null : <p class="field-hint">{text.lobby.door}</p>}
          {call.deviceKept.value ? null : <p class="field-hint">{text.lobby.notKept}</p>}
        </form>
        <section class="lobby-more">
          <div>
            <h2>{text.lobby.invite}</h2>
            <LinkRow call={call} />
          </div>
          <div>
            <h2>{text.lobby.devices}</h2>
            <DeviceLists devices={call.devices.value} onChoose={call.choose} />
          </div>
        </section>
      </main>
    </div>
  );
}

function inCallLine({ inCall, text }: CallView): string {
  if (inCall.value === undefined) return text.lobby.counting;
  return inCall.value === 0 ? text.lobby.empty : text.lobby.inCall(inCall.value);
}
