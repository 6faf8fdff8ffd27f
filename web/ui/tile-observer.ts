import type { ViewReport } from "../view/view-report.ts";

/** Follows an element's size in device pixels and whether it is within the window, and reports both. */
export function observeTile(element: Element, key: string, report: ViewReport): () => void {
  const sizes = new ResizeObserver((entries) => {
    for (const entry of entries) report.resized(key, deviceSizeOf(entry));
  });
  try {
    sizes.observe(element, { box: "device-pixel-content-box" });
  } catch {
    // Not in every browser; then the ratio of pixels says it nearly as well.
    sizes.observe(element);
  }
  const onScreen = new IntersectionObserver((entries) => {
    for (const entry of entries) report.moved(key, entry.isIntersecting);
  });
  onScreen.observe(element);
  return () => {
    sizes.disconnect();
    onScreen.disconnect();
    report.removed(key);
  };
}

function deviceSizeOf(entry: ResizeObserverEntry): { width: number; height: number } {
  const exact = entry.devicePixelContentBoxSize?.[0];
  if (exact !== undefined) return { width: exact.inlineSize, height: exact.blockSize };
  const { width, height } = entry.contentRect;
  return { width: width * devicePixelRatio, height: height * devicePixelRatio };
}
