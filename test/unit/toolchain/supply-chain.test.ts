import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");

type Manifest = Partial<Record<(typeof dependencyFields)[number], Record<string, string>>> & {
  readonly allowScripts?: Record<string, boolean>;
  readonly scripts?: Record<string, string>;
};
type Locked = {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
};

const dependencyFields = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "peerDependencies",
  "overrides",
] as const;

const manifests = globSync("{package.json,*/package.json}", { cwd: root })
  .filter((path) => !path.startsWith("node_modules"))
  .map((path): readonly [string, Manifest] => [path, JSON.parse(read(path))]);
const own: Manifest = JSON.parse(read("package.json"));
const locked: Readonly<Record<string, Locked>> = JSON.parse(read("package-lock.json")).packages;
const installed = Object.entries(locked).filter(([path]) => path.startsWith("node_modules/"));
/** What comes from the registry; the others are workspaces of this repository. */
const packages = installed.filter(([, { link }]) => !link);
const nameOf = (path: string): string => path.slice(path.lastIndexOf("node_modules/") + 13);

const document = read("docs/dependencies.md");
/** The packages in the first column of the table under a heading. */
const table = (heading: string): string[] => {
  const section = document.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((row) => String(row[1]));
};

/** Where a package finds another one it names, as Node looks for it. */
function resolve(from: string, name: string): string | undefined {
  const path = `${from === "" ? "" : `${from}/`}node_modules/${name}`;
  if (path in locked) return path;
  return from === ""
    ? undefined
    : resolve(from.slice(0, from.lastIndexOf("node_modules/")).replace(/\/$/, ""), name);
}

/** Names of all that a package brings with it, itself included. */
function closure(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const entry = locked[path];
  const names = { ...entry?.dependencies, ...entry?.peerDependencies };
  for (const name of Object.keys(names)) {
    const found = resolve(path, name);
    if (found !== undefined) closure(found, seen);
  }
  return seen;
}

describe("what the product is made of", () => {
  it("no package.json names a range", () => {
    expect(manifests.length).toBeGreaterThan(1);
    for (const [path, manifest] of manifests) {
      for (const field of dependencyFields) {
        for (const [name, version] of Object.entries(manifest[field] ?? {})) {
          expect(`${path} ${name} ${version}`).toMatch(/ \d+\.\d+\.\d+(-[\w.]+)?$/);
        }
      }
    }
  });

  it("no script fetches a package that the lockfile doesn't name", () => {
    for (const [path, { scripts = {} }] of manifests) {
      for (const line of Object.values(scripts)) {
        expect(`${path}: ${line}`).not.toMatch(/\b(npx|dlx|npm (exec|i|install))\b/);
      }
    }
    // What wrangler.toml runs must be there already, whoever runs it.
    const [, command] = /^command = "npx (\S+)/m.exec(read("wrangler.toml")) ?? [];
    expect(Object.keys(own.devDependencies ?? {})).toContain(command);
  });

  it("the lockfile takes every package from the registry, in one version", () => {
    expect(packages.length).toBeGreaterThan(300);
    for (const [path, { resolved = "", version }] of packages) {
      expect(`${path} ${resolved}`).toBe(`${path} `);
      expect(`${path} ${version}`).toMatch(/ \d+\.\d+\.\d+(-[\w.]+)?(\+[\w.]+)?$/);
    }
    const workspaces = installed.filter(([, { link }]) => link).map(([, { resolved }]) => resolved);
    expect(workspaces.map((folder) => `${folder}/package.json`)).toEqual(
      manifests.map(([file]) => file).filter((file) => file !== "package.json"),
    );
  });

  it("each has a SHA-512 checksum there, save builds for machines this is not tested on", () => {
    const unchecked = packages.filter(
      ([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/.test(integrity),
    );
    const forTestedMachines = unchecked.filter(
      ([, { integrity, optional, os = ["linux"], cpu = ["x64"], libc = ["glibc"] }]) =>
        integrity !== undefined ||
        optional !== true ||
        (os.includes("linux") &&
          (cpu.includes("x64") || cpu.includes("arm64")) &&
          libc.includes("glibc")),
    );
    expect(forTestedMachines.map(([path]) => path)).toEqual([]);
  });

  it("docs/dependencies.md names every package with an install script, and which are run", () => {
    const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    const run = table("Packages whose install script is run");
    const leftOut = table("Packages whose install script is left out");
    expect([...run, ...leftOut].toSorted()).toEqual(
      [...new Set(withScript.map(([path]) => nameOf(path)))].toSorted(),
    );
    const allowed = Object.entries(own.allowScripts ?? {});
    expect(allowed.filter(([, may]) => may).map(([name]) => name)).toEqual(run);
    expect(
      allowed
        .filter(([, may]) => !may)
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(leftOut);
    expect(read("scripts/install.mjs")).toContain('["ci", "--ignore-scripts"]');
  });

  it("docs/dependencies.md says what each package that runs in a call can touch, those they bring included", () => {
    const all = Object.keys(own.dependencies ?? {}).flatMap((name) => [
      ...closure(`node_modules/${name}`),
    ]);
    expect(
      [
        ...table("Packages that run in a call"),
        ...table("Packages named by those, and not used"),
      ].toSorted(),
    ).toEqual([...new Set(all.map(nameOf))].toSorted());
  });

  it("docs/dependencies.md says what each package that builds or tests can touch", () => {
    const wanted = manifests.flatMap(([, { devDependencies = {} }]) =>
      Object.keys(devDependencies),
    );
    expect(table("Packages that build and test").toSorted()).toEqual(
      [...new Set(wanted)].toSorted(),
    );
  });
});
