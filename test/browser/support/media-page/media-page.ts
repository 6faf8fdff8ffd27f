import type { LocalMedia } from "../../../../web/core/local-media.ts";
import { keptInBrowser } from "../../../../web/io/kept-text.ts";
import { createLocalMedia } from "../../../../web/io/local-media.ts";

declare global {
  // How a global is declared.
  var localMedia: LocalMedia;
}

globalThis.localMedia = createLocalMedia(keptInBrowser);
