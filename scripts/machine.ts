import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./lifetime.ts";
import type { Need } from "./suites.ts";

type Program = { command: string; debianPackage: string };

const programs: Record<Need, readonly Program[]> = {
  chromium: [{ command: "chromium", debianPackage: "chromium" }],
  firefox: [{ command: "firefox-esr", debianPackage: "firefox-esr" }],
  coturn: [{ command: "turnserver", debianPackage: "coturn" }],
  namespaces: [
    { command: "ip", debianPackage: "iproute2" },
    { command: "nft", debianPackage: "nftables" },
  ],
  // Without a sound device an AudioContext stays suspended. Only Linux needs one made for it.
  sound:
    process.platform === "linux" ? [{ command: "pulseaudio", debianPackage: "pulseaudio" }] : [],
};

// An ordinary user's PATH leaves out the directories where ip, nft and turnserver live.
const searchPath = [
  ...(process.env["PATH"] ?? "").split(delimiter),
  "/usr/local/sbin",
  "/usr/sbin",
  "/sbin",
];

function isInstalled(command: string): boolean {
  return searchPath.some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const missingFor = (needs: readonly Need[]): Program[] =>
  needs.flatMap((need) => programs[need]).filter(({ command }) => !isInstalled(command));

/**
 * Installs with apt-get what these needs lack, where that is possible.
 *
 * @returns a sentence on what is still missing, or undefined when the needs are met.
 */
export async function meetNeeds(needs: readonly Need[]): Promise<string | undefined> {
  const missing = missingFor(needs);
  if (missing.length > 0) {
    const packages = missing.map(({ debianPackage }) => debianPackage).join(" ");
    const byHand = `It needs ${missing.map(({ command }) => command).join(", ")}; on Debian: apt-get install ${packages}`;
    if (process.getuid?.() !== 0 || !isInstalled("apt-get")) return byHand;
    await installPackages(missing.map(({ debianPackage }) => debianPackage));
    if (missingFor(needs).length > 0) return `${byHand} (tried, without success).`;
  }
  if (needs.includes("namespaces")) {
    const { code } = await run("unshare", ["-Urn", "true"], { capture: true });
    if (code !== 0) return "This machine does not let a user make network namespaces.";
  }
  return undefined;
}

async function installPackages(packages: string[]): Promise<void> {
  console.log(`Installing ${packages.join(", ")} with apt-get.`);
  // At run level 1 a package does not start the service it brings: coturn's would take its port.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  await run("apt-get", ["update", "-qq"], { capture: true, env });
  const { code, output } = await run(
    "apt-get",
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
    { capture: true, env },
  );
  if (code !== 0) console.error(output);
}
