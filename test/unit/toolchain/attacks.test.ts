import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withAttacks } from "../../../scripts/attacks.ts";
import { rootPath } from "../../../scripts/root.ts";

const whitepaper = readFileSync(rootPath("docs", "e2ee.md"), "utf8");
const MARKERS =
  "before\n\n<!-- attacks: written by `npm run format` from the titles of the tests -->\nold\n<!-- attacks: end -->\n\nafter\n";

describe("the whitepaper on encryption", () => {
  it("lists the attacks that the tests play: `npm run format` writes the list anew", () => {
    expect(withAttacks(rootPath(), whitepaper)).toBe(whitepaper);
  });

  it("names no rule that SPEC.md does not have", () => {
    const spec = readFileSync(rootPath("protocol", "SPEC.md"), "utf8");
    const rules = new Set(
      [...spec.matchAll(/\*\*([A-Z]+-\d+)\*\*|^\| ([A-Z]+-\d+) /gm)].map(
        ([, bold, cell]) => bold ?? cell,
      ),
    );
    // What looks like a rule and is none.
    const named = [...whitepaper.matchAll(/\b(?!SHA|AES|P-|ADR)[A-Z]{2,}-\d+\b/g)].map(String);
    expect(named.length).toBeGreaterThan(100);
    expect([...new Set(named)].filter((rule) => !rules.has(rule))).toEqual([]);
  });

  it("names no file of this repository that is not there", () => {
    const named = [
      ...whitepaper.matchAll(/`((?:test|web|workers|durable-objects|protocol)\/[^`*…]+)`/g),
      ...whitepaper.matchAll(/\]\(((?:\.\.\/|adr\/)[^)#]+)/g),
    ].map(([, path = ""]) => (/^(?:\.\.|adr)/.test(path) ? join("docs", path) : path));
    expect(named.length).toBeGreaterThan(50);
    expect([...new Set(named)].filter((path) => !existsSync(rootPath(path)))).toEqual([]);
  });
});

describe("the list of attacks", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "sotto-attacks-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function listOf(files: Record<string, string>): string {
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), source);
    }
    return withAttacks(root, MARKERS);
  }

  it("has the whole of a hostile file, in order, rules first", () => {
    const list = listOf({
      "test/hostile/a.test.ts": `describe("a guest", () => {
        it("[LOG-2, LOG-3] [MLS-1] is refused", () => {});
        it.each<{ readonly n: number }>([{ n: 1 }])("comes with %s and $name", () => {});
        it(\`comes again (seed \${SEED})\`, () => {});
        describe("by night", () => { it("is \`seen\`", () => {}); });
      });`,
    });
    expect(list).toBe(`before

<!-- attacks: written by \`npm run format\` from the titles of the tests -->

4 tests in 1 files.

### \`test/hostile/a.test.ts\`

a guest

- **LOG-2, LOG-3, MLS-1** is refused
- comes with … and …
- comes again (seed …)

a guest: by night

- is \\\`seen\\\`

<!-- attacks: end -->

after
`);
  });

  it("has of other files what stands under who attacks, and nothing else", () => {
    const list = listOf({
      "test/unit/a.test.ts": `
        describe("a member who lies", () => { it("is named", () => {}); });
        describe("a member", () => { it("is shown", () => {}); });
        it("stands alone", () => {});`,
      "test/unit/b.test.ts": `it("is of no interest", () => {});`,
    });
    expect(list).toContain("1 tests in 1 files.");
    expect(list).toContain("- is named");
  });

  it("needs the place it is written to", () => {
    expect(() => withAttacks(root, "no markers")).toThrow(TypeError);
  });
});
