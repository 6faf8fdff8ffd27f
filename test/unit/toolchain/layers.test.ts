import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkLayers } from "../../../scripts/layers.ts";

/** A house in which every area holds one file and nothing imports anything. */
const emptyHouse: Record<string, string> = Object.fromEntries(
  [
    "protocol/a.ts",
    "webcrypto-sframe/src/index.ts",
    "durable-objects/room/a.ts",
    "durable-objects/a.ts",
    "workers/a.ts",
    "web/core/a.ts",
    "web/core/b.ts",
    "web/io/a.ts",
    "web/view/a.ts",
    "web/ui/a.tsx",
    "web/i18n/a.ts",
    "web/crypto-worker/a.ts",
    "web/main.tsx",
    "test/a.ts",
    "bench/a.ts",
  ].map((path) => [path, "export const a = 1;\nexport type A = number;\n"]),
);

const packageFiles: Record<string, string> = Object.fromEntries(
  ["valibot", "ts-mls", "leftover"].flatMap((name) => [
    [`node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0","main":"index.js"}`],
    [`node_modules/${name}/index.js`, "export const a = 1;"],
  ]),
);

describe("the layers of the house", () => {
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "sotto-layers-"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  async function breachesOf(files: Record<string, string>): Promise<string[]> {
    for (const [path, text] of Object.entries({ ...emptyHouse, ...packageFiles, ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    writeFileSync(
      join(root, "webcrypto-sframe/package.json"),
      '{"name":"webcrypto-sframe","version":"1.0.0","exports":{".":{"source":"./src/index.ts"}}}',
    );
    symlinkSync("../webcrypto-sframe", join(root, "node_modules/webcrypto-sframe"));
    const { modules, breaches } = await checkLayers(root);
    expect(modules).toBeGreaterThanOrEqual(Object.keys(emptyHouse).length);
    return breaches;
  }

  it("a house whose areas import only what they may has no breach", async () => {
    const breaches = await breachesOf({
      "protocol/b.ts": 'import { a } from "valibot";\nexport const b = a;\n',
      "durable-objects/b.ts": 'export { a } from "./room/a.ts";\n',
      "durable-objects/room/b.ts": 'export { a } from "../../protocol/a.ts";\n',
      "workers/b.ts":
        'import { DurableObject } from "cloudflare:workers";\nexport { a } from "../durable-objects/a.ts";\nexport const b = DurableObject;\n',
      "web/crypto-worker/b.ts":
        'import { a } from "webcrypto-sframe";\nimport { a as mls } from "ts-mls";\nexport const b = [a, mls];\n',
      "web/io/b.ts": 'export { a } from "../core/a.ts";\n',
      "web/main.tsx": 'import "./io/a.ts";\nimport "./ui/a.tsx";\n',
      "test/b.ts": 'export { a } from "../web/crypto-worker/a.ts";\n',
    });
    expect(breaches).toEqual([]);
  });

  it.each([
    ["protocol/b.ts", "../web/core/a.ts", "protocol-reaches-only-what-it-names"],
    ["protocol/b.ts", "leftover", "protocol-reaches-only-what-it-names"],
    ["protocol/b.ts", "node:fs", "protocol-reaches-only-what-it-names"],
    ["webcrypto-sframe/src/b.ts", "../../protocol/a.ts", "webcrypto-sframe/src-reaches-only"],
    ["durable-objects/room/b.ts", "../a.ts", "durable-objects/room-reaches-only-what-it-names"],
    ["durable-objects/room/b.ts", "cloudflare:workers", "durable-objects/room-reaches-only"],
    ["durable-objects/b.ts", "../web/core/a.ts", "durable-objects-reaches-only-what-it-names"],
    ["workers/b.ts", "../web/core/a.ts", "workers-reaches-only-what-it-names"],
    ["web/core/b.ts", "../io/a.ts", "only-main-sees-io-and-ui"],
    ["web/core/b.ts", "../../workers/a.ts", "web/core-reaches-only-what-it-names"],
    ["web/io/b.ts", "../ui/a.tsx", "web/io-reaches-only-what-it-names"],
    ["web/io/b.ts", "../crypto-worker/a.ts", "crypto-worker-is-started-by-url"],
    ["web/view/b.ts", "../../protocol/a.ts", "web/view-reaches-only-what-it-names"],
    ["web/ui/b.tsx", "../core/a.ts", "web/ui-reaches-only-what-it-names"],
    ["web/i18n/b.ts", "../core/a.ts", "web/i18n-reaches-only-what-it-names"],
    ["web/crypto-worker/b.ts", "../io/a.ts", "web/crypto-worker-reaches-only-what-it-names"],
    ["web/main.tsx", "./crypto-worker/a.ts", "crypto-worker-is-started-by-url"],
    ["web/core/b.ts", "../../test/a.ts", "nothing-imports-tests"],
    ["web/core/b.ts", "./absent.ts", "everything-resolves"],
  ])("%s may not import %s", async (path, target, rule) => {
    const breaches = await breachesOf({ [path]: `import ${JSON.stringify(target)};\n` });
    expect(breaches).toContainEqual(expect.stringContaining(rule));
    expect(breaches).toContainEqual(expect.stringContaining(`: ${path} → `));
  });

  it("an import of a type is an import", async () => {
    const breaches = await breachesOf({
      "web/ui/b.tsx": 'import type { A } from "../core/a.ts";\nexport type B = A;\n',
    });
    expect(breaches).toHaveLength(1);
  });

  it("two files that import each other are reported", async () => {
    const breaches = await breachesOf({
      "web/core/a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
      "web/core/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a;\n',
    });
    expect(breaches).toContainEqual(expect.stringContaining("no-cycles"));
  });

  it("a second importer of ts-mls is reported with both names", async () => {
    const importMls = 'import "ts-mls";\n';
    const breaches = await breachesOf({
      "web/crypto-worker/b.ts": importMls,
      "web/crypto-worker/c.ts": importMls,
    });
    expect(breaches).toEqual([
      "one-importer: ts-mls ← web/crypto-worker/b.ts, web/crypto-worker/c.ts",
    ]);
  });
});
