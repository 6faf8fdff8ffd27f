import type { ViewReport } from "../view/view-report.ts";

/** Follows an element's size in device pixels and whether it is within the window, and reports both. */
export function observeTile(element: Element, key: string, report: ViewReport): () => void {
  const sizes = new ResizeObserver((entries) => {
    for (const { contentRect } of entries) {
      report.resized(key, {
        width: contentRect.width * devicePixelRatio,
        height: contentRect.height * devicePixelRatio,
      });
    }
  });
  try {
    // Also tells when the window moves to a screen of another density.
    sizes.observe(element, { box: "device-pixel-content-box" });
  } catch {
    // Not in every browser.
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
