import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { inlineScriptHashes, withIntegrity } from "../../../scripts/vite/integrity.ts";

const FILES: Readonly<Record<string, string>> = {
  "/assets/index.js": "start()",
  "/assets/late.js": "late()",
  "/assets/early.js": "early()",
  "/assets/index.css": "body{}",
  "/favicon.svg": "<svg/>",
};
const sri = (text: string) => `sha384-${createHash("sha384").update(text).digest("base64")}`;
const read = (address: string): Uint8Array | undefined =>
  FILES[address] === undefined ? undefined : Buffer.from(FILES[address]);

const PAGE = `<!doctype html>
<link rel="icon" href="/favicon.svg" type="image/svg+xml" />
<link rel="modulepreload" crossorigin href="/assets/early.js">
<script type="module" crossorigin src="/assets/index.js"></script>
<link rel="stylesheet" crossorigin href="/assets/index.css" />
`;

describe("the hashes that a built page carries", () => {
  it("every script, style sheet and module preload has the SHA-384 of its file, and nothing else has", () => {
    const page = withIntegrity(PAGE, ["/assets/index.js", "/assets/early.js"], read);
    expect(page).toBe(
      PAGE.replace('early.js">', `early.js" integrity="${sri("early()")}">`)
        .replace('index.js">', `index.js" integrity="${sri("start()")}">`)
        .replace('index.css" />', `index.css" integrity="${sri("body{}")}" />`),
    );
    expect(inlineScriptHashes(page)).toEqual([]);
  });

  it("a chunk that no tag names stands in an import map, before the first module, named by the policy", () => {
    const page = withIntegrity(PAGE, ["/assets/late.js", "/assets/index.js"], read);
    const map = JSON.stringify({ integrity: { "/assets/late.js": sri("late()") } });
    expect(page).toContain(`<script type="importmap">${map}</script>`);
    expect(page.indexOf("importmap")).toBeLessThan(page.indexOf("modulepreload"));
    expect(inlineScriptHashes(page)).toEqual([
      `'sha256-${createHash("sha256").update(map).digest("base64")}'`,
    ]);
  });

  it.each([
    ["a file that is not built", '<script src="/assets/none.js"></script>'],
    ["another origin", '<script src="https://cdn.example/x.js"></script>'],
  ])("a page that loads %s is not built", (_, tag) => {
    expect(() => withIntegrity(PAGE + tag, [], read)).toThrow("is not a file of this build");
  });

  it.each(["<script>run()</script>", '<script type="importmap">{}</script>'])(
    "a page that holds a script, %s, is not built",
    (tag) => {
      expect(() => withIntegrity(PAGE + tag, [], read)).toThrow("expected no script within it");
    },
  );
});
