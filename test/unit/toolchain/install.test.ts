import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { packagesToRebuild } from "../../../scripts/install.mjs";
import manifest from "../../../package.json" with { type: "json" };
import lockfile from "../../../package-lock.json" with { type: "json" };

const document = readFileSync(new URL("../../../docs/dependencies.md", import.meta.url), "utf8");

describe("what is installed", () => {
  it("only the packages that docs/dependencies.md names run a script of their own", () => {
    const allowed = Object.entries(manifest.allowScripts)
      .filter(([, may]) => may)
      .map(([name]) => name);
    expect(packagesToRebuild(document)).toEqual(["node"]);
    expect(allowed).toEqual(packagesToRebuild(document));
  });

  it("a table under another heading names nothing", () => {
    expect(packagesToRebuild("## Others\n\n| `left-pad` | why |\n")).toEqual([]);
  });

  it("the lockfile names every build of a package that comes in one for each platform", () => {
    const installed = new Set(
      Object.keys(lockfile.packages).map((path) => path.slice(path.lastIndexOf("node_modules/"))),
    );
    const wanted = Object.values(lockfile.packages)
      .flatMap((entry) =>
        Object.keys("optionalDependencies" in entry ? entry.optionalDependencies : {}),
      )
      .map((name) => `node_modules/${name}`);
    expect(wanted.length).toBeGreaterThan(100);
    expect(wanted.filter((path) => !installed.has(path))).toEqual([]);
  });
});
