import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { hostingTextsFor } from "../i18n/languages.ts";
import type { CallView } from "../view/call-view.ts";
import { createLater, type Later } from "../view/later.ts";
import type { Tile } from "../view/tiles.ts";
import { Modal } from "./modal.tsx";

/** Loaded for hosts alone, once a page. */
type HostTools = Awaited<ReturnType<typeof load>>;
const parts = new Map<string, Later<HostTools>>();

async function load(tag: string) {
  const [{ HostDialogs, PersonActions }, text] = await Promise.all([
    import("./hosting/host-dialogs.tsx"),
    hostingTextsFor(tag),
  ]);
  return { HostDialogs, PersonActions, text };
}

function hostToolsOf({ text: { tag } }: CallView): Later<HostTools> {
  const part = parts.get(tag) ?? createLater(() => load(tag));
  parts.set(tag, part);
  return part;
}

/** The dialog a host has open; until its part of the page is there, one that says so. */
export function HostDialogsLater({ call }: { call: CallView }): JSX.Element | null {
  const tools = hostToolsOf(call);
  const { dialog, state: role } = call.hosting;
  const { text } = call;
  const isHosting = role.value !== undefined;
  // Before anybody knocks, so that the answer is at hand.
  useEffect(() => {
    if (isHosting) tools.want();
  }, [isHosting, tools]);
  const state = tools.state.value;
  if (state.phase === "ready") return <state.part.HostDialogs call={call} text={state.part.text} />;
  if (dialog.value === undefined || !isHosting) return null;
  return (
    <Modal
      label={text.hosting.controls}
      closeLabel={text.call.close}
      onClose={() => {
        dialog.value = undefined;
      }}
    >
      {state.phase === "failed" ? (
        <div class="confirm" role="alert">
          <p>{text.hosting.notLoaded}</p>
          <button type="button" class="button primary" onClick={tools.want}>
            {text.failure.again}
          </button>
        </div>
      ) : (
        <p role="status">{text.hosting.loading}</p>
      )}
    </Modal>
  );
}

/** What a host may do to one person; nothing for who is no host. */
export function PersonActionsLater({
  call,
  tile,
}: {
  call: CallView;
  tile: Tile;
}): JSX.Element | null {
  const state = hostToolsOf(call).state.value;
  if (state.phase !== "ready" || call.hosting.state.value === undefined) return null;
  return <state.part.PersonActions call={call} tile={tile} text={state.part.text} />;
}
