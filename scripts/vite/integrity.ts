import { createHash } from "node:crypto";

const tagsOf = (html: string): string[] => html.match(/<(?:script|link)\b[^>]*>/g) ?? [];

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`).exec(tag)?.slice(1).find(Boolean);

/** What of a page a browser compares with an `integrity` attribute: the address it loads, if it is such a tag. */
function checkedAddress(tag: string): string | undefined {
  if (tag.startsWith("<script")) return attribute(tag, "src");
  const rel = attribute(tag, "rel");
  return rel === "stylesheet" || rel === "modulepreload" ? attribute(tag, "href") : undefined;
}

/** Addresses of every script, style sheet and module preload of a page. */
export const checkedAddresses = (html: string): string[] =>
  tagsOf(html).flatMap((tag) => checkedAddress(tag) ?? []);

const sri = (bytes: Uint8Array): string =>
  `sha384-${createHash("sha384").update(bytes).digest("base64")}`;

/**
 * The page with `integrity` on every script, style sheet and module preload, and, where there are
 * chunks that no tag names, an import map with theirs: `import()` has no attribute.
 *
 * @param read the bytes that will be served at an address of this site, or undefined.
 * @throws where the page names a file that will not be served, or holds a script of its own.
 */
export function withIntegrity(
  html: string,
  chunkAddresses: readonly string[],
  read: (address: string) => Uint8Array | undefined,
): string {
  if (inlineScripts(html).length > 0) throw new Error("index.html: expected no script within it");
  const hashOf = (address: string): string => {
    const bytes = read(address);
    if (bytes === undefined) throw new Error(`index.html: ${address} is not a file of this build`);
    return sri(bytes);
  };
  const named = new Set(checkedAddresses(html));
  const marked = html.replaceAll(/<(?:script|link)\b[^>]*>/g, (tag) => {
    const address = checkedAddress(tag);
    return address === undefined
      ? tag
      : tag.replace(/\s*\/?>$/, ` integrity="${hashOf(address)}"$&`);
  });
  const unnamed = chunkAddresses.filter((address) => !named.has(address)).toSorted();
  if (unnamed.length === 0) return marked;
  const integrity = Object.fromEntries(unnamed.map((address) => [address, hashOf(address)]));
  // Browsers take an import map for modules only if it comes before the first of them.
  const at = marked.search(/<script\b|<link\b[^>]*\brel="?modulepreload/);
  const map = `<script type="importmap">${JSON.stringify({ integrity })}</script>\n    `;
  return marked.slice(0, at) + map + marked.slice(at);
}

/** The text of every script within a page. */
function inlineScripts(html: string): string[] {
  return [...html.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g)].flatMap(([, tag, text]) =>
    attribute(tag ?? "", "src") === undefined ? [text ?? ""] : [],
  );
}

/** What the content security policy must name for the scripts within a page: CSP hash sources. */
export const inlineScriptHashes = (html: string): string[] =>
  inlineScripts(html).map(
    (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
  );
