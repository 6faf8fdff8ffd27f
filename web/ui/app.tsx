import { effect } from "@preact/signals";
import { type JSX, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { catalogueFor } from "../i18n/languages.ts";
import { type AppView, createAppView } from "../view/app-view.ts";
import type { AttachMedia, PagePorts } from "../view/page-ports.ts";
import { browserAddress, browserSharing, isTyping } from "./browser-page.ts";
import { CallScreens } from "./call-screens.tsx";
import { playKnock } from "./knock-chime.ts";
import { FailurePage } from "./failure-page.tsx";
import { Landing } from "./landing.tsx";
import { PageToolsContext } from "./page-tools.ts";

/** What the app is made of; the composition root gives it. */
export type AppParts = Pick<
  PagePorts,
  "startLobby" | "openCall" | "unsupported" | "servedBuild"
> & {
  readonly root: HTMLElement;
  /** Sets what a `video` or `audio` element plays; `undefined` clears it. The element is muted where it must be and plays by itself. */
  readonly attachMedia: AttachMedia<HTMLMediaElement>;
  /** Where the source of this deployment is, if its operator says so. */
  readonly sourceUrl: string | undefined;
};

/** Shows the app in `root` and follows the address. Call the answer to take it away, with the call it holds. */
export function mountApp(parts: AppParts): () => void {
  const text = catalogueFor(navigator.languages);
  const app = createAppView(
    {
      ...parts,
      address: browserAddress(),
      sharing: browserSharing(),
      chimes: { knock: playKnock },
    },
    text,
  );
  const { documentElement } = document;
  documentElement.lang = text.tag;
  documentElement.dir = text.direction;

  const stop = [
    effect(() => {
      document.title = app.title.value;
    }),
    effect(() => {
      const page = app.page.value;
      if (page.type === "call") documentElement.dataset["callPhase"] = page.call.phase.value;
      else delete documentElement.dataset["callPhase"];
    }),
    followKeys(app),
  ];
  render(
    <PageToolsContext.Provider value={{ attachMedia: parts.attachMedia }}>
      <App app={app} sourceUrl={parts.sourceUrl} />
    </PageToolsContext.Provider>,
    parts.root,
  );
  return () => {
    for (const end of stop) end();
    render(null, parts.root);
    app.close();
  };
}

function followKeys(app: AppView): () => void {
  const press = (event: KeyboardEvent): void => {
    const page = app.page.value;
    if (page.type === "call" && page.call.press(event, isTyping(event.target))) {
      event.preventDefault();
    }
  };
  addEventListener("keydown", press);
  return () => removeEventListener("keydown", press);
}

function App({ app, sourceUrl }: { app: AppView; sourceUrl: string | undefined }): JSX.Element {
  const page = app.page.value;
  const screen = page.type === "call" ? page.call.screen.value : page.type;
  useHeadingFocus(screen);
  switch (page.type) {
    case "landing":
      return <Landing app={app} sourceUrl={sourceUrl} />;
    case "opening":
      return (
        <main class="message">
          <p class="opening" role="status">
            {app.text.opening}
          </p>
        </main>
      );
    case "call":
      return <CallScreens app={app} call={page.call} />;
    case "failure":
      return <FailurePage app={app} failure={page} onAgain={app.again} />;
  }
}

/** After a change of page, whoever listens to it starts at its heading; the first page is left to the browser. */
function useHeadingFocus(screen: string): void {
  const isFirst = useRef(true);
  useEffect(() => {
    if (screen === "opening") return;
    if (isFirst.current) isFirst.current = false;
    else document.querySelector("h1")?.focus({ preventScroll: true });
  }, [screen]);
}
