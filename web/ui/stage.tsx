import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { LinkRow } from "./link-row.tsx";
import { PersonTile, styleOf } from "./tile.tsx";

/** Everybody in the call, as large as the window allows. */
export function Stage({ call }: { call: CallView }): JSX.Element {
  const region = useRef<HTMLElement>(null);
  const { text } = call;
  useEffect(() => {
    const element = region.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() =>
      call.setStage({ width: element.clientWidth, height: element.clientHeight }),
    );
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [call]);
  useEffect(() => {
    const tell = (): void => call.report.pageShown(document.visibilityState === "visible");
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [call]);
  const { places, invitation, isDuo } = call.stage.value;
  return (
    <section ref={region} class="stage" aria-label={text.call.participants}>
      {call.tiles.value.map((tile, index) => {
        const place = places[index];
        if (place === undefined) return null;
        return (
          <PersonTile
            key={tile.key}
            call={call}
            tile={tile}
            place={place}
            isCorner={isDuo && tile.isSelf}
          />
        );
      })}
      {invitation === undefined ? null : (
        <div class="invitation" style={styleOf(invitation)}>
          <h2>{text.call.alone.title}</h2>
          <p>{text.call.alone.text}</p>
          <LinkRow call={call} isMain />
        </div>
      )}
    </section>
  );
}
