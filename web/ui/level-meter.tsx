import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Bars that follow a voice. `level` is read once per frame, and only while the bars are on the page. */
export function LevelMeter({
  level,
  label,
}: {
  level: () => number;
  /** Without one, the bars are decoration. */
  label?: string;
}): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let frame = 0;
    let shown = 0;
    let drawn = "";
    const draw = (): void => {
      const now = Math.min(1, Math.max(0, level()));
      // Up at once, down slowly: bars that tremble are hard to look at.
      shown = Math.max(now, shown * 0.88);
      const next = shown.toFixed(2);
      // A silent room is not drawn anew sixty times a second.
      if (next !== drawn) element.current?.style.setProperty("--level", next);
      drawn = next;
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [level]);
  return (
    <span
      ref={element}
      class="level"
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined}
    >
      <i />
      <i />
      <i />
      <i />
      <i />
    </span>
  );
}
