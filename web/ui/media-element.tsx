import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { usePageTools } from "./page-tools.ts";

type Size = { readonly width: number; readonly height: number };

/** A picture, seen once its first frame plays. It never has sound: that is `Sound`'s. */
export function Picture({
  media,
  mirrored,
  fit,
  onSize,
}: {
  media: object;
  mirrored: boolean;
  fit: "cover" | "contain";
  onSize?: (size: Size) => void;
}): JSX.Element {
  const element = useRef<HTMLVideoElement>(null);
  const { attachMedia } = usePageTools();
  useEffect(() => {
    const video = element.current;
    if (video === null) return undefined;
    attachMedia(video, media);
    return () => attachMedia(video, undefined);
  }, [media, attachMedia]);
  return (
    <video
      ref={element}
      class="picture"
      data-mirrored={mirrored ? "" : undefined}
      data-fit={fit}
      autoplay
      muted
      playsInline
      disablePictureInPicture
      onPlaying={(event) => {
        event.currentTarget.dataset["playing"] = "";
      }}
      onResize={(event) => {
        const { videoWidth, videoHeight } = event.currentTarget;
        onSize?.({ width: videoWidth, height: videoHeight });
      }}
    />
  );
}

/** What a person says. Where the browser holds back sound until it is asked, `onBlocked` is told; a change of `attempt` asks again. */
export function Sound({
  media,
  speakerId,
  attempt,
  onBlocked,
}: {
  media: object;
  speakerId: string | undefined;
  attempt: boolean;
  onBlocked: () => void;
}): JSX.Element {
  const element = useRef<HTMLAudioElement>(null);
  const { attachMedia } = usePageTools();
  useEffect(() => {
    const audio = element.current;
    if (audio === null) return undefined;
    attachMedia(audio, media);
    return () => attachMedia(audio, undefined);
  }, [media, attachMedia]);
  useEffect(() => {
    element.current?.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") onBlocked();
    });
  }, [media, attempt, onBlocked]);
  useEffect(() => {
    if (speakerId === undefined) return;
    // A speaker that was unplugged meanwhile leaves the sound where it was.
    element.current?.setSinkId?.(speakerId).catch(() => undefined);
  }, [speakerId, media]);
  return <audio ref={element} autoplay />;
}
