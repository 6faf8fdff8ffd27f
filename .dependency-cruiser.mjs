// Who may import whom. Each area names everything it may reach, within the repository and among
// packages; whatever it does not name is an error.

/** @type {{ area: string; but?: string; may: string[]; packages: string[] }[]} */
const areas = [
  { area: "protocol", may: ["protocol"], packages: ["valibot"] },
  { area: "webcrypto-sframe/src", may: ["webcrypto-sframe/src"], packages: [] },
  { area: "durable-objects/room", may: ["durable-objects/room", "protocol"], packages: [] },
  {
    area: "durable-objects",
    but: "durable-objects/room",
    may: ["durable-objects", "protocol", "workers"],
    packages: ["partyserver", "jose", "valibot"],
  },
  {
    area: "workers",
    may: ["workers", "durable-objects", "protocol"],
    packages: ["hono", "jose", "valibot"],
  },
  { area: "web/i18n", may: ["web/i18n"], packages: [] },
  { area: "web/core", may: ["web/core", "protocol"], packages: [] },
  { area: "web/view", may: ["web/view", "web/core", "web/i18n"], packages: ["@preact/signals"] },
  {
    area: "web/ui",
    may: ["web/ui", "web/view", "web/i18n"],
    packages: ["preact", "@preact/signals"],
  },
  {
    area: "web/io",
    but: "web/io/crypto-worker-client\\.ts",
    may: ["web/io", "web/core", "protocol"],
    packages: [],
  },
  {
    area: "web/io/crypto-worker-client\\.ts",
    may: ["web/io", "web/core", "web/crypto-worker/main\\.ts"],
    packages: [],
  },
  {
    area: "web/crypto-worker",
    may: ["web/crypto-worker", "web/core", "protocol", "webcrypto-sframe/src"],
    packages: ["ts-mls", "@hpke/core"],
  },
  {
    area: "web/main\\.tsx",
    may: ["web/core", "web/io", "web/view", "web/ui", "web/i18n", "protocol"],
    packages: ["preact", "@preact/signals"],
  },
];

const inside = (/** @type {string} */ area) => (/\.tsx?$/.test(area) ? `^${area}$` : `^${area}/`);

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...areas.map(({ area, but, may, packages }) => ({
      name: `${area.replace(/\\\.tsx?$/, "")}-reaches-only-what-it-names`,
      severity: /** @type {const} */ ("error"),
      from: { path: inside(area), ...(but === undefined ? {} : { pathNot: inside(but) }) },
      to: {
        pathNot: [
          ...may.map(inside),
          ...packages.map((name) => `(^|/)node_modules/${name}/`),
          // What the runtime itself provides to Workers.
          ...(/^(workers|durable-objects)$/.test(area) ? ["^cloudflare:"] : []),
          // A style sheet is no code.
          ...(/^web\/(ui|main)/.test(area) ? ["^web/.*\\.css$"] : []),
        ],
      },
    })),
    {
      name: "crypto-worker-is-started-by-url",
      comment: "It holds every key. Whoever imported it would hold them too.",
      severity: "error",
      // The one client names the worker's file to learn its URL, which is all that it gets.
      from: { pathNot: "^((web/crypto-worker|test|bench)/|web/io/crypto-worker-client\\.ts$)" },
      to: { path: "^web/crypto-worker/" },
    },
    {
      name: "only-main-sees-io-and-ui",
      severity: "error",
      from: { path: "^web/", pathNot: "^web/(main\\.tsx$|io/|ui/)" },
      to: { path: "^web/(io|ui)/" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: "^(test|bench|webcrypto-sframe/(test|bench))/" },
      to: { path: "^(test|bench|webcrypto-sframe/(test|bench))/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "everything-resolves",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^cloudflare:" },
    },
  ],
  options: {
    parser: "swc",
    // A type that is imported is a dependency of the thought, if not of the program.
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    // The build reads virtual files and the tests read fixtures; neither is a module of ours.
    exclude: { path: "(^|/)(dist|\\.wrangler|test-results)/|\\.json$" },
    enhancedResolveOptions: {
      conditionNames: ["source", "types", "import", "default"],
      exportsFields: ["exports"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".d.ts"],
    },
  },
};
