import type { Page } from "playwright-core";

/** What one picture of somebody else has come to. */
export type ShownFrames = {
  readonly frames: number;
  readonly atMs: number;
  /** Zero until a first picture came. */
  readonly width: number;
};

/** Of every tile but one's own, in the order of the page. */
export const framesShown = (page: Page): Promise<ShownFrames[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLVideoElement>('article:not([aria-label="You"]) video')].map(
      (video) => {
        const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
        return {
          frames: totalVideoFrames - droppedVideoFrames,
          atMs: performance.now(),
          width: video.videoWidth,
        };
      },
    ),
  );
