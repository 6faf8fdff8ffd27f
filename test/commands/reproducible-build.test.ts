import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  globSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { sha256 } from "../../scripts/vite/build-manifest.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders: string[] = [];

const caches = new Set([".cache", ".mf", ".vite", ".vite-temp", ".vitest-cache"]);
/** What a checkout has that a clone has not. */
const made = new Set([".dev.vars", ".git", ".wrangler", "dist", "node_modules", "test-results"]);

/** A tree of hard links, and of copies where the temporary folder is on another disk. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    // Caches: written in place, so a link would change the original, and no clone has them.
    if (caches.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else {
      try {
        linkSync(source, target);
      } catch {
        copyFileSync(source, target);
      }
    }
  }
}

/** This checkout, as a clone of it would be, in another place. */
function checkoutIn(folder: string): string {
  const checkout = join(mkdtempSync(join(tmpdir(), "sotto-build-")), folder);
  folders.push(dirname(checkout));
  cpSync(root, checkout, { recursive: true, filter: (path) => !made.has(relative(root, path)) });
  linkTree(join(root, "node_modules"), join(checkout, "node_modules"));
  return checkout;
}

/** Builds as a user would, and answers the hash of every file. */
function buildIn(checkout: string, env: Readonly<Record<string, string>>): Record<string, string> {
  const built = spawnSync(process.execPath, [join(checkout, "scripts", "run.mjs"), "build"], {
    cwd: checkout,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  expect(built.stderr + built.stdout).toMatch(/^Build {3}[\da-f]{64}\nWorker {2}[\da-f]{64}\n$/);
  const dist = join(checkout, "dist");
  return Object.fromEntries(
    globSync("**/*", { cwd: dist, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(dist.length), sha256(readFileSync(path))]),
  );
}

describe("one commit", () => {
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it("gives the same bytes, web app and Worker, in whatever folder, time zone, language and NODE_ENV it is built", () => {
    const here = buildIn(checkoutIn("here"), {
      TZ: "UTC",
      LC_ALL: "C",
      NODE_ENV: "production",
    });
    const there = buildIn(checkoutIn("a longer/way to it"), {
      TZ: "Asia/Kathmandu",
      LC_ALL: "tr_TR.UTF-8",
      NODE_ENV: "development",
    });
    expect(Object.keys(here)).toEqual(
      expect.arrayContaining(["/web/index.html", "/web/build.json", "/worker/index.js"]),
    );
    expect(there).toEqual(here);
  });
});
