// Measures what the package adds to a page and writes the figure where people look: the badge and the
// README. With --check it writes nothing and fails where a written figure is no longer true.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import filePlugin from "@size-limit/file";
import sizeLimit from "size-limit";
import { build } from "vite";

const LIMIT_BYTES = 3_000;
const README_LINE = /^Size: .*$/mu;

const folder = fileURLToPath(new URL("..", import.meta.url));
const badgePath = join(folder, "size-badge.svg");
const readmePath = join(folder, "README.md");

const sizeBytes = await measure();
const text = `${(sizeBytes / 1000).toFixed(2)} kB`;
const readme = await readFile(readmePath, "utf8");
const line = `Size: ${text} minified and Brotli-compressed, the whole of it (limit ${LIMIT_BYTES / 1000} kB).`;
const wanted: readonly (readonly [string, string])[] = [
  [badgePath, badge("min + br", text)],
  [readmePath, readme.replace(README_LINE, line)],
];

if (sizeBytes > LIMIT_BYTES) {
  process.stderr.write(`webcrypto-sframe is ${sizeBytes} bytes, over its ${LIMIT_BYTES}\n`);
  process.exitCode = 1;
}
for (const [path, content] of wanted) {
  if (!process.argv.includes("--check")) await writeFile(path, content);
  else if ((await readFile(path, "utf8").catch(() => "")) !== content) {
    process.stderr.write(`${path} does not say ${text}: run npm run size -w webcrypto-sframe\n`);
    process.exitCode = 1;
  }
}
process.stdout.write(`${text}\n`);

async function measure(): Promise<number> {
  const outDir = await mkdtemp(join(tmpdir(), "webcrypto-sframe-size-"));
  try {
    await build({
      root: folder,
      configFile: false,
      logLevel: "error",
      build: {
        outDir,
        minify: true,
        target: "es2023",
        // Not library mode, which leaves the white space in.
        rolldownOptions: {
          input: join(folder, "src/index.ts"),
          preserveEntrySignatures: "strict",
          output: { format: "es", entryFileNames: "bundle.js" },
        },
      },
    });
    // size-limit's own types say no more than "object".
    const results = (await sizeLimit([filePlugin], [join(outDir, "bundle.js")])) as {
      readonly size?: number;
    }[];
    const size = results[0]?.size;
    if (size === undefined) throw new Error("size-limit measured nothing");
    return size;
  } finally {
    await rm(outDir, { recursive: true });
  }
}

function badge(label: string, value: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="132" height="20" role="img" aria-label="${label}: ${value}">
  <rect width="132" height="20" rx="3" fill="#444" />
  <path d="M66 0h63a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H66z" fill="#1f7a4d" />
  <g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" text-anchor="middle">
    <text x="33" y="14">${label}</text>
    <text x="99" y="14">${value}</text>
  </g>
</svg>
`;
}
