import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { manifestOf, parseManifest } from "../../../scripts/vite/build-manifest.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("the manifest of a build", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sotto-manifest-"));
    mkdirSync(join(directory, "assets"));
    for (const name of ["zebra.js", "assets/index.js", "_headers", "build.json"]) {
      writeFileSync(join(directory, name), name);
    }
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("names every file that is served, by address, with its SHA-256, and not itself", () => {
    expect(parseManifest(manifestOf(directory))).toEqual({
      version: 1,
      files: { "/assets/index.js": sha256("assets/index.js"), "/zebra.js": sha256("zebra.js") },
    });
  });

  it("is the same text for the same files, in whatever order they came to be", () => {
    const first = manifestOf(directory);
    rmSync(join(directory, "assets/index.js"));
    writeFileSync(join(directory, "assets/index.js"), "assets/index.js");
    expect(manifestOf(directory)).toBe(first);
    expect(first.indexOf("/assets/index.js")).toBeLessThan(first.indexOf("/zebra.js"));
  });

  it.each([
    "",
    "<!doctype html>",
    "null",
    '{"version":2,"files":{}}',
    '{"version":1}',
    '{"version":1,"files":[]}',
    '{"version":1,"files":{"/a":"00"}}',
    `{"version":1,"files":{"a":"${sha256("")}"}}`,
    '{"version":1,"files":{"/a":1}}',
  ])("%j is none", (text) => {
    expect(parseManifest(text)).toBeUndefined();
  });
});
