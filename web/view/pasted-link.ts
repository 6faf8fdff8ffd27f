/** What somebody pasted to open a call. The key in the fragment is checked later, by whoever opens it. */
export type PastedLink =
  | { readonly type: "here"; readonly link: string }
  | { readonly type: "other-site"; readonly url: string; readonly host: string }
  | { readonly type: "not-a-link" };

/** Reads a pasted link. Text around it, as messengers add it, is left out; `…/r/…#…` without a scheme is understood. */
export function readPastedLink(pasted: string, origin: string): PastedLink {
  const word = pasted
    .trim()
    .split(/\s+/u)
    .find((part) => part.includes("/r/"));
  if (word === undefined) return { type: "not-a-link" };
  const url = parse(word.startsWith("/r/") ? `${origin}${word}` : word);
  if (url === undefined || !url.pathname.startsWith("/r/")) return { type: "not-a-link" };
  if (url.origin === origin) return { type: "here", link: `${url.pathname}${url.hash}` };
  return { type: "other-site", url: url.href, host: url.host };
}

function parse(word: string): URL | undefined {
  const text = /^https?:\/\//iu.test(word) ? word : `https://${word}`;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
