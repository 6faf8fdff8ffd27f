import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { CallView } from "../view/call-view.ts";
import { type Place, videoFit } from "../view/stage-layout.ts";
import type { Tile } from "../view/tiles.ts";
import { Face } from "./face.tsx";
import { Icon } from "./icons.tsx";
import { LevelMeter } from "./level-meter.tsx";
import { Picture, Sound } from "./media-element.tsx";
import { observeTile } from "./tile-observer.ts";

const px = (length: number): string => `${Math.round(length * 100) / 100}px`;

/** Where a place is, for an element's style. Set through the object model, which the content security policy allows. */
export const styleOf = ({ start, top, width, height }: Place): Record<string, string> => ({
  insetInlineStart: px(start),
  insetBlockStart: px(top),
  inlineSize: px(width),
  blockSize: px(height),
});

/** One person. */
export function PersonTile({
  call,
  tile,
  place,
  isCorner,
}: {
  call: CallView;
  tile: Tile;
  place: Place;
  isCorner: boolean;
}): JSX.Element {
  const article = useRef<HTMLElement>(null);
  const [videoSize, setVideoSize] = useState({ width: 0, height: 0 });
  const { text, report } = call;
  const { key, isSelf } = tile;
  const level = useCallback(() => call.level(key), [call, key]);
  const onBlocked = useCallback(() => {
    call.soundBlocked.value = true;
  }, [call]);
  useEffect(() => {
    if (article.current === null || isSelf) return undefined;
    return observeTile(article.current, key, report);
  }, [key, isSelf, report]);
  return (
    <article
      ref={article}
      class="tile"
      aria-label={tile.label}
      data-tint={tile.tint}
      data-speaking={tile.speaking ? "" : undefined}
      data-corner={isCorner ? "" : undefined}
      style={styleOf(place)}
    >
      <Face initials={tile.initials} />
      {tile.video === undefined ? null : (
        <Picture
          media={tile.video}
          mirrored={isSelf}
          fit={videoFit(place, videoSize)}
          onSize={setVideoSize}
        />
      )}
      {tile.audio === undefined ? null : (
        <Sound
          media={tile.audio}
          speakerId={call.speakerId.value}
          attempt={call.soundBlocked.value}
          onBlocked={onBlocked}
        />
      )}
      {tile.trouble === undefined ? null : (
        <p class="trouble" title={tile.troubleHint}>
          {tile.trouble}
        </p>
      )}
      <p class="tag">
        {tile.microphone ? null : (
          <span class="tag-muted" role="img" aria-label={text.call.muted}>
            <Icon name="microphone-off" />
          </span>
        )}
        {tile.speaking ? <LevelMeter level={level} label={text.call.speaking} /> : null}
        {tile.trust === "verified" ? (
          <span class="tag-verified" role="img" aria-label={text.call.trust.verified}>
            <Icon name="shield-check" />
          </span>
        ) : null}
        <bdi class="tag-name">{tile.label}</bdi>
      </p>
    </article>
  );
}
