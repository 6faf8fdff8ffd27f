import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifestOf, sha256 } from "../../scripts/vite/build-manifest.ts";
import { inlineScriptHashes } from "../../scripts/vite/integrity.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("npm run deploy", () => {
  let outDir = "";
  let output = "";
  let code: number | null = null;

  beforeAll(() => {
    outDir = mkdtempSync(join(tmpdir(), "sotto-deploy-"));
    const deploy = spawnSync(
      process.execPath,
      [join(root, "scripts", "run.mjs"), "deploy", "--dry-run", "--outdir", outDir],
      { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
    );
    code = deploy.status;
    output = deploy.stdout + deploy.stderr;
  });

  afterAll(() => rmSync(outDir, { recursive: true }));

  it("goes through with nothing to fill in, and warns of nothing", () => {
    expect(output).not.toMatch(/warning|error/i);
    expect(code).toBe(0);
  });

  it("uploads a Worker that exports both object classes", () => {
    const bundle = readFileSync(join(outDir, "index.js"), "utf8");
    const exported = bundle.slice(bundle.lastIndexOf("export {"));
    for (const name of ["RoomServer", "KeyRing", "default"]) expect(exported).toContain(name);
  });

  it("asks only for bindings that a free plan has", () => {
    const bindings = [...output.matchAll(/^env\.(\w+).*? {2,}(.+?)\s*$/gm)]
      .filter(([, , type]) => type !== "Environment Variable")
      .map(([, name, type]) => `${name}: ${type}`);
    expect(bindings.toSorted()).toEqual([
      "ASSETS: Assets",
      "KEY_RING: Durable Object",
      "ROOM: Durable Object",
    ]);
  });

  it("stays well below the 3 MB that a free plan lets a Worker weigh", () => {
    const gzipKiB = Number(/gzip: ([\d.]+) KiB/.exec(output)?.[1]);
    expect(gzipKiB).toBeGreaterThan(0);
    expect(gzipKiB).toBeLessThan(1000);
  });

  it("says which build it uploaded, last of all: the SHA-256 of the manifest that is served", () => {
    const manifest = readFileSync(join(root, "dist/web/build.json"));
    expect(output).toContain(`\nBuild   ${sha256(manifest)}\n`);
    expect(manifestOf(join(root, "dist/web"))).toBe(manifest.toString());
  });

  it("the app it uploads has headers of its own, and a page that loads nothing without its hash", () => {
    const headers = readFileSync(join(root, "dist/web/_headers"), "utf8");
    expect(headers).toMatch(/^\/\*\n/m);
    const page = readFileSync(join(root, "dist/web/index.html"), "utf8");
    const tags = page.match(/<(?:script|link)\b[^>]*>/g) ?? [];
    const checked = tags.filter((tag) => /<script|rel="?(?:stylesheet|modulepreload)/.test(tag));
    expect(checked.length).toBeGreaterThan(1);
    for (const tag of checked) {
      expect(tag).toMatch(/ integrity="sha384-[\w+/]{64}"|^<script(?: type="importmap")?>$/);
    }
    expect(page).toMatch(/<script>[^<]+\/assets\/main-[^<]+<\/script>/);
    for (const hash of inlineScriptHashes(page)) expect(headers).toContain(hash);
  });
});
