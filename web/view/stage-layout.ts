/** A place on the stage, in CSS pixels from its start and top. */
export type Place = {
  readonly start: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

export type Stage = { readonly width: number; readonly height: number };

const WIDEST = 16 / 9;
/** Upright stages take upright tiles; on the others a face is cut off below 4:3. */
const narrowest = (stage: Stage): number => (stage.width < stage.height ? 3 / 4 : 4 / 3);

/** Gap between tiles, in CSS pixels: little where there is little room. */
export const gapOf = (stage: Stage): number => (Math.min(stage.width, stage.height) < 480 ? 8 : 12);

type Tiling = { readonly columns: number; readonly rows: number } & Stage;

/** The largest tile of an allowed shape in a cell. */
function shapeIn(cell: Stage, stage: Stage): Stage {
  const ratio = Math.min(Math.max(cell.width / cell.height, narrowest(stage)), WIDEST);
  const width = Math.min(cell.width, cell.height * ratio);
  return { width, height: width / ratio };
}

function tiling(count: number, columns: number, stage: Stage): Tiling {
  const rows = Math.ceil(count / columns);
  const gap = gapOf(stage);
  const cell = {
    width: Math.max(1, (stage.width - gap * (columns - 1)) / columns),
    height: Math.max(1, (stage.height - gap * (rows - 1)) / rows),
  };
  return { columns, rows, ...shapeIn(cell, stage) };
}

/**
 * Places for `count` equal tiles, as large as they can be without leaving the stage.
 *
 * Tiles are between 4:3 and 16:9, on an upright stage between 3:4 and 16:9. A last row that is not full stands in the middle.
 */
export function gridPlaces(count: number, stage: Stage): readonly Place[] {
  if (count < 1 || stage.width <= 0 || stage.height <= 0) return [];
  let best = tiling(count, 1, stage);
  for (let columns = 2; columns <= count; columns += 1) {
    const next = tiling(count, columns, stage);
    // Of equal tiles, fewer empty cells look calmer.
    if (next.width * next.height > best.width * best.height + 1) best = next;
  }
  const gap = gapOf(stage);
  const { columns, rows, width, height } = best;
  const top = (stage.height - rows * height - (rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const start = (stage.width - inRow * width - (inRow - 1) * gap) / 2;
    return {
      start: start + (index % columns) * (width + gap),
      top: top + row * (height + gap),
      width,
      height,
    };
  });
}

/** Two people: the other one large, oneself in the lower corner at the end. */
export function duoPlaces(stage: Stage): readonly [self: Place, other: Place] | undefined {
  const other = gridPlaces(1, stage)[0];
  if (other === undefined) return undefined;
  const inset = gapOf(stage);
  const width = Math.min(Math.max(0.2 * stage.width, 104), 288, 0.45 * stage.width);
  const height = Math.min(
    width / (stage.width < stage.height ? 3 / 4 : 16 / 10),
    0.45 * stage.height,
  );
  // Beside the other where there is room, else within: never across the edge.
  const beside = stage.width - width;
  const within = other.start + other.width - inset - width;
  return [
    {
      start: beside >= other.start + other.width + inset ? beside : within,
      top: other.top + other.height - inset - height,
      width,
      height,
    },
    other,
  ];
}

/** How a picture sits in a tile: filling it, unless less than two fifths of the picture would be left. */
export function videoFit(tile: Stage, video: Stage): "cover" | "contain" {
  if (tile.width <= 0 || tile.height <= 0 || video.width <= 0 || video.height <= 0) return "cover";
  const ratio = tile.width / tile.height / (video.width / video.height);
  return Math.min(ratio, 1 / ratio) < 0.4 ? "contain" : "cover";
}
