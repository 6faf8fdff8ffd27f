// Installs the dependencies of the lockfile, and rebuilds only the packages that docs/dependencies.md
// names. Runs on the machine's own Node with nothing installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const rebuildHeading = "## Packages whose install script is run";

/**
 * The packages in the table under `## Packages whose install script is run`.
 *
 * @param {string} markdown
 * @returns {string[]}
 */
export function packagesToRebuild(markdown) {
  const section = markdown.split(`${rebuildHeading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((row) => String(row[1]));
}

/**
 * Whether node_modules holds every package of the lockfile in its version. npm writes its own record
 * of what it installed last of all, so an install that was cut short does not count.
 *
 * @param {string} root
 */
function matchesLockfile(root) {
  const installedPath = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return false;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  // Optional packages are builds for other machines, the nameless one is this repository, and those
  // outside node_modules are its workspaces.
  return Object.keys(wanted)
    .filter((path) => path.startsWith("node_modules/") && !wanted[path].optional)
    .every((path) => installed[path]?.version === wanted[path].version);
}

/**
 * Runs npm, and answers its exit code.
 *
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function npm(root, args) {
  const options = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  const script = process.env.npm_execpath ?? "";
  const viaNode = script.endsWith("npm-cli.js");
  const command = viaNode ? process.execPath : process.platform === "win32" ? "npm.cmd" : "npm";
  const before = viaNode ? [script] : [];
  return new Promise((resolve) => {
    const child = spawn(command, [...before, ...args, ...options], {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32" && !viaNode,
    });
    child.on("error", () => resolve(127));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/**
 * Makes node_modules agree with the lockfile; does nothing when it already does.
 *
 * @param {string} root
 * @returns {Promise<{ ok: true, node: string } | { ok: false, error: string }>} `node` is the Node
 *   everything after runs under.
 */
export async function install(root) {
  const node = join(
    root,
    "node_modules",
    "node",
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  if (!matchesLockfile(root)) {
    console.error("Installing dependencies. Only the first start takes this long.");
    const code = await npm(root, ["ci", "--ignore-scripts"]);
    if (code !== 0) {
      return {
        ok: false,
        error: `Dependencies could not be installed: "npm ci --ignore-scripts" ended with ${code}. Check that this machine reaches its package registry and has free disk space, then run the command again.`,
      };
    }
  }
  if (!existsSync(node)) {
    const names = packagesToRebuild(readFileSync(join(root, "docs", "dependencies.md"), "utf8"));
    const code = await npm(root, ["rebuild", "--ignore-scripts=false", ...names]);
    if (code !== 0 || !existsSync(node)) {
      return {
        ok: false,
        error: `Node could not be set up: "npm rebuild ${names.join(" ")}" ended with ${code} and left no ${node}. Check that this machine reaches its package registry, then run the command again.`,
      };
    }
  }
  return { ok: true, node };
}
