import type { AddressBar, LinkSharing } from "../view/page-ports.ts";

/** The address bar of this window. */
export function browserAddress(): AddressBar {
  return {
    origin: location.origin,
    path: () => location.pathname,
    fragment: () => location.hash,
    go: (link) => history.pushState(null, "", link),
    replace: (link) => history.replaceState(null, "", link),
    reload: () => location.reload(),
    onChange: (listener) => {
      // Going back or forth, and a changed fragment alone, both arrive as this one event.
      addEventListener("popstate", listener);
      return () => removeEventListener("popstate", listener);
    },
  };
}

/** Clipboard and share sheet of this browser. */
export function browserSharing(): LinkSharing {
  return {
    copy: async (link) => {
      try {
        await navigator.clipboard.writeText(link);
        return true;
      } catch {
        return false;
      }
    },
    share:
      "share" in navigator
        ? (link) => {
            // Closing the sheet without choosing is an answer too.
            navigator.share(link).catch(() => undefined);
          }
        : undefined,
  };
}

/** True while keys belong to a field. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}
