/** Width and height in pixels. */
export type Size = { readonly width: number; readonly height: number };

/** What a video sender is set to (webrtc-pc RTCRtpEncodingParameters). */
export type VideoEncoding = {
  readonly active: boolean;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
};

/** What a peer is sent before it says how large it shows us: a tile of a small grid. */
export const FIRST_VIEW: Size = { width: 320, height: 180 };

/** Few steps, so that a window being resized does not reset the encoder at every pixel. */
const SCALES = [8, 6, 4, 3, 2, 1.5, 1] as const;
const FULL_PICTURE = { pixels: 1280 * 720, bitrate: 1_500_000 };
const LEAST_BITRATE = 80_000;
const MOST_BITRATE = 2_500_000;

/**
 * The cheapest encoding that still covers the tile the peer shows us in.
 *
 * Bits per pixel rise as pictures shrink, hence the exponent: 1.5 Mb/s at 720p, 530 kb/s at 360p, 190 kb/s at 180p.
 */
export function encodingFor(view: Size, source: Size): VideoEncoding {
  if (view.width <= 0 || view.height <= 0)
    return { active: false, scaleResolutionDownBy: 1, maxBitrate: LEAST_BITRATE };
  // A tile is covered by the picture, so its longer relation decides.
  const spare = Math.min(source.width / view.width, source.height / view.height);
  const scaleResolutionDownBy = SCALES.find((scale) => scale <= spare) ?? 1;
  const pixels = (source.width * source.height) / scaleResolutionDownBy ** 2;
  const bitrate = FULL_PICTURE.bitrate * (pixels / FULL_PICTURE.pixels) ** 0.75;
  return {
    active: true,
    scaleResolutionDownBy,
    maxBitrate: Math.round(Math.min(MOST_BITRATE, Math.max(LEAST_BITRATE, bitrate))),
  };
}
