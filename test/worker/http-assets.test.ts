import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { dataHeaders, pageHeaders } from "../../workers/http/security-headers.ts";

const assets = (env as unknown as { readonly ASSETS: Fetcher }).ASSETS;
const ORIGIN = "https://sotto.example";

const headersOf = (response: Response, names: Iterable<string>) =>
  [...names].map((name) => [name, response.headers.get(name)]);

/** What the page holds in itself, by its hashes: the start of the crypto worker, and an import map. */
function inlineHashes(html: string): Promise<string[]> {
  const texts = [...html.matchAll(/<script(?: type="importmap")?>(.*?)<\/script>/gs)];
  return Promise.all(
    texts.map(async ([, text]) => {
      const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}'`;
    }),
  );
}

describe("files of the built app, which do not pass through the Worker", () => {
  it.each(["/", "/r/AAAAAAAAAAAAAAAAAAAAAA", "/index.html"])(
    "%s carries the security headers of a page, and is asked for anew",
    async (path) => {
      const page = await assets.fetch(`${ORIGIN}${path}`, { redirect: "follow" });
      expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
      expect(headersOf(page, pageHeaders().keys())).toEqual([
        ...pageHeaders(await inlineHashes(await page.text())),
      ]);
      expect(page.headers.get("Cache-Control")).toBe("no-cache");
    },
  );

  it("a script may be kept for good, and carries what a worker must to start under the page's policy", async () => {
    const html = await (await assets.fetch(`${ORIGIN}/`)).text();
    const [path = "none"] = /\/assets\/[\w.-]+\.js/.exec(html) ?? [];
    const script = await assets.fetch(`${ORIGIN}${path}`);
    expect(script.headers.get("Content-Type")).toMatch(/javascript/);
    expect(headersOf(script, dataHeaders().keys())).toEqual([...dataHeaders()]);
    expect(script.headers.has("Permissions-Policy")).toBe(false);
    expect(script.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
  });

  it("the icon is no page", async () => {
    const icon = await assets.fetch(`${ORIGIN}/favicon.svg`);
    expect(headersOf(icon, dataHeaders().keys())).toEqual([...dataHeaders()]);
    expect(icon.headers.has("Permissions-Policy")).toBe(false);
  });

  it("the page that answers for a file that is gone may run nothing", async () => {
    const page = await assets.fetch(`${ORIGIN}/assets/gone.js`);
    expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(headersOf(page, dataHeaders().keys())).toEqual([...dataHeaders()]);
  });
});
