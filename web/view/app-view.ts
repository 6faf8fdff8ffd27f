import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { CallFailureCode, Lobby } from "../core/call-state.ts";
import type { Catalogue } from "../i18n/catalogue.ts";
import { type CallView, createCallView } from "./call-view.ts";
import { type Advice, adviceFor } from "./failure-advice.ts";
import type { PagePorts } from "./page-ports.ts";
import { readPastedLink } from "./pasted-link.ts";

/** What the whole page shows. */
export type Page =
  | { readonly type: "landing" }
  | { readonly type: "opening" }
  | { readonly type: "call"; readonly call: CallView }
  | { readonly type: "failure"; readonly code: CallFailureCode; readonly advice: Advice };

/** What became of a pasted link that could not be opened here. */
export type PasteProblem =
  | { readonly type: "not-a-link" }
  | { readonly type: "other-site"; readonly url: string; readonly host: string };

/** The app from landing to the end of a call. */
export type AppView = {
  readonly text: Catalogue;
  readonly page: ReadonlySignal<Page>;
  readonly title: ReadonlySignal<string>;
  readonly creating: ReadonlySignal<boolean>;
  readonly createFailure: ReadonlySignal<CallFailureCode | undefined>;
  readonly pasteProblem: ReadonlySignal<PasteProblem | undefined>;
  /** In groups of four digits, once known; asked for on the landing page alone. */
  readonly build: ReadonlySignal<string | undefined>;
  /** `letIn`: whoever opens the link waits for whoever makes the call to let them in. */
  readonly newCall: (call: { readonly label: string; readonly letIn: boolean }) => Promise<void>;
  readonly openLink: (pasted: string) => void;
  /** Tries once more what the address says. */
  readonly again: () => void;
  readonly reload: () => void;
  readonly home: () => void;
  readonly close: () => void;
};

export function createAppView(ports: PagePorts, text: Catalogue): AppView {
  const page = signal<Page>({ type: "landing" });
  const creating = signal(false);
  const createFailure = signal<CallFailureCode | undefined>(undefined);
  const pasteProblem = signal<PasteProblem | undefined>(undefined);
  const build = signal<string | undefined>(undefined);
  let asksBuild = true;
  let lobby: Lobby | undefined;
  // Opening takes a moment; what comes back for an address that was left meanwhile is closed.
  let visit = 0;

  const show = (next: Page): void => {
    if (page.value.type === "call") page.value.call.close();
    page.value = next;
  };
  const fail = (code: CallFailureCode): void =>
    show({ type: "failure", code, advice: adviceFor(code) });

  const follow = async (): Promise<void> => {
    visit += 1;
    const here = visit;
    const path = ports.address.path();
    if (ports.unsupported !== undefined) return fail(ports.unsupported);
    if (path === "/") {
      show({ type: "landing" });
      if (!asksBuild) return undefined;
      asksBuild = false;
      build.value = (await ports.servedBuild())?.match(/.{1,4}/g)?.join(" ");
      return undefined;
    }
    show({ type: "opening" });
    const opened = await ports.openCall(path, ports.address.fragment());
    if (here !== visit) {
      if (opened.ok) opened.value.close();
      return undefined;
    }
    if (!opened.ok) return fail(opened.error.code);
    return show({ type: "call", call: createCallView(opened.value, ports, text) });
  };
  const go = (link: string): void => {
    ports.address.go(link);
    void follow();
  };

  const stop = ports.address.onChange(() => void follow());
  void follow();

  return {
    text,
    page,
    title: computed(() =>
      page.value.type === "call" ? page.value.call.title.value : text.product,
    ),
    creating,
    createFailure,
    pasteProblem,
    build,
    newCall: async ({ label, letIn }) => {
      if (creating.value) return;
      creating.value = true;
      createFailure.value = undefined;
      lobby ??= ports.startLobby();
      const made = await lobby.newCall({
        label: label.trim() === "" ? undefined : label.trim(),
        mode: letIn ? "knock" : "open",
      });
      creating.value = false;
      if (made.ok) go(made.link);
      else if (page.value.type === "landing") createFailure.value = made.code;
      else fail(made.code);
    },
    openLink: (pasted) => {
      const read = readPastedLink(pasted, ports.address.origin);
      pasteProblem.value = read.type === "here" ? undefined : read;
      if (read.type === "here") go(read.link);
    },
    again: () => void follow(),
    reload: ports.address.reload,
    home: () => go("/"),
    close: () => {
      visit += 1;
      stop();
      if (page.value.type === "call") page.value.call.close();
    },
  };
}
