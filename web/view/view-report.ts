type Size = { readonly width: number; readonly height: number };

const HIDDEN: Size = { width: 0, height: 0 };

/** Collects what the page measures of each tile and tells the call how large each is on screen, once per change. */
export type ViewReport = {
  /** Size in device pixels. */
  readonly resized: (key: string, size: Size) => void;
  /** Whether any of the tile is within the window. */
  readonly moved: (key: string, onScreen: boolean) => void;
  readonly removed: (key: string) => void;
  /** Whether the page itself is seen. */
  readonly pageShown: (shown: boolean) => void;
};

export function createViewReport(setView: (key: string, view: Size) => void): ViewReport {
  const tiles = new Map<string, { size: Size; onScreen: boolean; told: Size | undefined }>();
  let isPageShown = true;

  const tileFor = (key: string) => {
    const known = tiles.get(key);
    if (known !== undefined) return known;
    const tile = { size: HIDDEN, onScreen: true, told: undefined };
    tiles.set(key, tile);
    return tile;
  };
  const tell = (key: string): void => {
    const tile = tileFor(key);
    const view = isPageShown && tile.onScreen ? tile.size : HIDDEN;
    if (tile.told?.width === view.width && tile.told.height === view.height) return;
    tile.told = view;
    setView(key, view);
  };

  return {
    resized: (key, size) => {
      tileFor(key).size = { width: Math.round(size.width), height: Math.round(size.height) };
      tell(key);
    },
    moved: (key, onScreen) => {
      tileFor(key).onScreen = onScreen;
      tell(key);
    },
    removed: (key) => {
      if (!tiles.has(key)) return;
      tileFor(key).size = HIDDEN;
      tell(key);
      tiles.delete(key);
    },
    pageShown: (shown) => {
      isPageShown = shown;
      for (const key of tiles.keys()) tell(key);
    },
  };
}
