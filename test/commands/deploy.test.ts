import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("wrangler deploy", () => {
  let outDir = "";
  let output = "";
  let code: number | null = null;

  beforeAll(() => {
    outDir = mkdtempSync(join(tmpdir(), "sotto-deploy-"));
    const deploy = spawnSync("wrangler", ["deploy", "--dry-run", "--outdir", outDir], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
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

  it("the app it uploads has headers of its own, and no script within the page", () => {
    expect(readFileSync(join(root, "dist/web/_headers"), "utf8")).toMatch(/^\/\*\n/m);
    const page = readFileSync(join(root, "dist/web/index.html"), "utf8");
    const scripts = page.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toContain(" src=");
  });
});
