import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { servedBuild } from "../../../web/io/served-build.ts";

const SCRIPT = "https://sotto.test/assets/index-a.js";
const MANIFEST = `${JSON.stringify({ version: 1, files: { "/assets/index-a.js": "00" } }, undefined, 1)}\n`;

const servedWith = (body: string, status = 200) =>
  servedBuild({
    origin: "https://sotto.test",
    script: SCRIPT,
    fetch: (url) =>
      url instanceof URL && url.href === "https://sotto.test/build.json"
        ? Promise.resolve(new Response(body, { status }))
        : Promise.reject(new TypeError("another address")),
  });

describe("the build a page says it is of", () => {
  it("is the beginning of the SHA-256 of the manifest that the site serves", async () => {
    const hash = createHash("sha256").update(MANIFEST).digest("hex");
    expect(await servedWith(MANIFEST)).toBe(hash.slice(0, 12));
  });

  it("is not named where the manifest is of another build than the page", async () => {
    expect(await servedWith(MANIFEST.replace("index-a", "index-b"))).toBeUndefined();
    expect(await servedWith('{"files":{"__proto__":{}}}')).toBeUndefined();
  });

  it.each([
    ["a web page", "<!doctype html>", 200],
    ["no object", "null", 200],
    ["files that are none", '{"files":null}', 200],
    ["a refusal", MANIFEST, 404],
    ["a flood", MANIFEST + " ".repeat(65_536), 200],
  ])("is not named by %s", async (_, body, status) => {
    expect(await servedWith(body, status)).toBeUndefined();
  });

  it("is not named where nothing answers", async () => {
    const fetch = () => Promise.reject(new TypeError("network"));
    expect(
      await servedBuild({ origin: "https://sotto.test", script: SCRIPT, fetch }),
    ).toBeUndefined();
  });
});
