import { existsSync } from "node:fs";
import { rootPath } from "./root.ts";

/** What a suite needs of the machine besides the packages of the lockfile. */
export type Need = "chromium" | "firefox" | "coturn" | "namespaces" | "sound";

export type Suite = {
  name: string;
  /** The folders whose tests it runs. Each present one must hold a test. */
  folders: readonly string[];
  config: string;
  needs: readonly Need[];
  /** Runs without Linux, root or namespaces, so `npm run test:portable` runs it. */
  portable: boolean;
};

/**
 * Every suite, in the order they run: quick ones first. A suite counts as declared once one of its
 * folders exists; from then on, it fails when it holds no test.
 */
const suites: readonly Suite[] = [
  {
    name: "unit",
    folders: [
      "test/unit",
      "test/property",
      "test/contract",
      "test/fuzz",
      "test/vectors",
      "webcrypto-sframe/test",
    ],
    config: "test/vitest.node.config.ts",
    needs: [],
    portable: true,
  },
  {
    name: "worker",
    folders: ["test/worker"],
    config: "test/vitest.worker.config.ts",
    needs: [],
    portable: true,
  },
  {
    name: "commands",
    folders: ["test/commands"],
    config: "test/vitest.serial.config.ts",
    needs: [],
    // They look into /proc for processes that were left behind.
    portable: false,
  },
  {
    name: "browsers",
    folders: ["test/browser", "test/e2e", "test/fault"],
    config: "test/vitest.serial.config.ts",
    needs: ["chromium", "firefox", "coturn", "sound"],
    portable: true,
  },
  {
    name: "hostile",
    folders: ["test/hostile"],
    config: "test/vitest.serial.config.ts",
    needs: ["chromium", "firefox", "coturn", "sound"],
    portable: true,
  },
  {
    name: "networks",
    folders: ["test/networks"],
    config: "test/vitest.serial.config.ts",
    needs: ["chromium", "firefox", "coturn", "namespaces", "sound"],
    portable: false,
  },
];

/** Those suites that have a folder here, each with the folders that exist. */
export function declaredSuites(): Suite[] {
  return suites
    .map((suite) => ({
      ...suite,
      folders: suite.folders.filter((folder) => existsSync(rootPath(folder))),
    }))
    .filter((suite) => suite.folders.length > 0);
}
