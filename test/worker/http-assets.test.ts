import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { securityHeaders } from "../../workers/http/security-headers.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

const assets = (env as unknown as { readonly ASSETS: Fetcher }).ASSETS;
const ORIGIN = "https://sotto.example";

const securityHeadersOf = (response: Response) =>
  [...securityHeaders().keys()].map((name) => [name, response.headers.get(name)]);

/** The only script a page may hold, by its hash. */
async function importMapHashes(html: string): Promise<string[]> {
  const [, map] = /<script type="importmap">(.*?)<\/script>/s.exec(html) ?? [];
  if (map === undefined) return [];
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(map));
  return [`'sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}'`];
}

describe("files of the built app, which do not pass through the Worker", () => {
  it.each(["/", "/r/AAAAAAAAAAAAAAAAAAAAAA", "/index.html"])(
    "%s carries the security headers that the Worker's own answers carry",
    async (path) => {
      const page = await assets.fetch(`${ORIGIN}${path}`, { redirect: "follow" });
      const answer = await edgeUnderTest().fetch(`${ORIGIN}/healthz`);
      expect(page.headers.get("Content-Type")).toMatch(/^text\/html/);
      expect(securityHeadersOf(answer)).toEqual([...securityHeaders()]);
      expect(securityHeadersOf(page)).toEqual([
        ...securityHeaders(await importMapHashes(await page.text())),
      ]);
      expect(page.headers.get("Cache-Control")).toBe("no-cache");
    },
  );

  it("a script carries them too, or workers would not start, and may be kept for good", async () => {
    const html = await (await assets.fetch(`${ORIGIN}/`)).text();
    const [path = "none"] = /\/assets\/[\w.-]+\.js/.exec(html) ?? [];
    const script = await assets.fetch(`${ORIGIN}${path}`);
    expect(script.headers.get("Content-Type")).toMatch(/javascript/);
    expect(securityHeadersOf(script)).toEqual([...securityHeaders(await importMapHashes(html))]);
    expect(script.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
  });
});
