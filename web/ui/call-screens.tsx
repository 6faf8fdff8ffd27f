import type { JSX } from "preact";
import type { AppView } from "../view/app-view.ts";
import type { CallView } from "../view/call-view.ts";
import { CallPage } from "./call-page.tsx";
import { FailurePage } from "./failure-page.tsx";
import { Lobby } from "./lobby.tsx";
import { MessagePage } from "./message-page.tsx";
import { Notices } from "./notices.tsx";
import { WaitingPage } from "./waiting-page.tsx";

/** The pages of one call, and the regions that announce what happens in it. */
export function CallScreens({ app, call }: { app: AppView; call: CallView }): JSX.Element {
  return (
    <>
      <Notices call={call} />
      <Screen app={app} call={call} />
    </>
  );
}

function Screen({ app, call }: { app: AppView; call: CallView }): JSX.Element {
  const { text } = call;
  switch (call.screen.value) {
    case "lobby":
      return <Lobby call={call} onHome={app.home} />;
    case "waiting":
      return <WaitingPage call={call} />;
    case "call":
      return <CallPage call={call} />;
    case "elsewhere":
      return (
        <MessagePage product={text.product} alarming={false} {...text.lobby.elsewhere}>
          <button type="button" class="button primary" onClick={call.moveHere}>
            {text.lobby.moveHere}
          </button>
          <button type="button" class="button quiet" onClick={app.home}>
            {text.failure.home}
          </button>
        </MessagePage>
      );
    case "left":
      return <Left app={app} call={call} />;
    case "failed": {
      const failure = call.problem.value;
      return failure === undefined ? (
        <Lobby call={call} onHome={app.home} />
      ) : (
        <FailurePage app={app} failure={failure} onAgain={call.again} />
      );
    }
  }
}

function Left({ app, call }: { app: AppView; call: CallView }): JSX.Element {
  const { left } = call.text;
  const problem = call.problem.value;
  const said = problem ?? (call.endedForAll.value ? left.ended : left);
  return (
    <MessagePage
      product={call.text.product}
      title={said.title}
      text={said.text}
      alarming={problem !== undefined}
      {...(problem === undefined ? {} : { code: problem.code })}
    >
      <button type="button" class="button primary" onClick={call.rejoin}>
        {left.rejoin}
      </button>
      <button
        type="button"
        class="button quiet"
        onClick={() => void app.newCall({ label: "", letIn: false })}
      >
        {left.newCall}
      </button>
      <button type="button" class="button quiet" onClick={app.home}>
        {left.home}
      </button>
    </MessagePage>
  );
}
