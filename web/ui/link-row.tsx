import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { Icon } from "./icons.tsx";

/** The link, to copy and to share. Where copying is not allowed, the link is left selected. */
export function LinkRow({ call, isMain }: { call: CallView; isMain?: boolean }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const { text } = call;
  const copy = async (): Promise<void> => {
    if (!(await call.copyLink())) field.current?.select();
  };
  return (
    <div class="link-row">
      <input
        ref={field}
        class="input link-field"
        type="text"
        readOnly
        dir="ltr"
        value={call.link.value}
        aria-label={text.call.linkField}
        onFocus={(event) => event.currentTarget.select()}
      />
      <button
        type="button"
        class={isMain === true ? "button primary" : "button quiet"}
        onClick={() => void copy()}
      >
        <Icon name="link" />
        {text.call.copyLink}
      </button>
      {call.canShare ? (
        <button type="button" class="button quiet" onClick={call.shareLink}>
          <Icon name="share" />
          {text.call.share}
        </button>
      ) : null}
    </div>
  );
}
