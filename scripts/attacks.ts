import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor, type ESTree } from "vite";

/** Test files that are about nothing but attacks, and the rules that answer them. */
const WHOLE_FILES = [
  "test/hostile/**/*.test.ts",
  "test/**/*hostile*.test.ts",
  "test/unit/mls/{filter-*,group-info}.test.ts",
  "test/unit/crypto/{admission,door-change,frames,kick,knock}.test.ts",
  "test/unit/negotiation/plaintext-rule.test.ts",
  "test/unit/room/{door-change,tickets,waiting}.test.ts",
  "test/worker/{http-host,room-admission}.test.ts",
  "test/property/room-{door,log,waiting}.test.ts",
  "test/browser/{peer-link-guards,worker-policy}.test.ts",
];

/** In every other file: what stands under a `describe` that begins with who attacks. */
const PARTIES = [
  "a guest with",
  "a member who",
  "a relay that",
  "a room that lies",
  "a stranger",
  "another member,",
  "somebody in the middle",
  "somebody who",
];

const START = "<!-- attacks: written by `npm run format` from the titles of the tests -->";
const END = "<!-- attacks: end -->";

type Attack = { readonly under: string; readonly title: string };

/** The document with its list of attacks as the tests under `root` have it now. */
export function withAttacks(root: string, document: string): string {
  const start = document.indexOf(START);
  const end = document.indexOf(END);
  if (start === -1 || end < start) throw new TypeError("document: expected the two attack markers");
  return `${document.slice(0, start)}${START}\n\n${listOf(root)}\n${document.slice(end)}`;
}

function listOf(root: string): string {
  const whole = new Set(globSync(WHOLE_FILES, { cwd: root }));
  const files = globSync("test/**/*.test.ts", { cwd: root })
    .toSorted()
    .map((path) => {
      const all = attacksIn(path, readFileSync(join(root, path), "utf8"));
      return { path, attacks: whole.has(path) ? all : all.filter(isByParty) };
    })
    .filter(({ attacks }) => attacks.length > 0);
  const count = files.reduce((sum, { attacks }) => sum + attacks.length, 0);
  return [
    `${count} tests in ${files.length} files.\n`,
    ...files.map(({ path, attacks }) => `### \`${path}\`\n\n${groups(attacks)}`),
  ].join("\n");
}

const isByParty = ({ under }: Attack): boolean => PARTIES.some((party) => under.startsWith(party));

/** Titles under the `describe` that makes a sentence of them. */
const groups = (attacks: readonly Attack[]): string =>
  [...Map.groupBy(attacks, ({ under }) => under)]
    .map(([under, group]) => {
      const lines = group.map(({ title }) => `- ${title}\n`).join("");
      return under === "" ? lines : `${under}\n\n${lines}`;
    })
    .join("\n");

/** The tests of a file in order, each with the titles of the blocks around it. */
function attacksIn(path: string, source: string): readonly Attack[] {
  const blocks: string[] = [];
  const attacks: Attack[] = [];
  new Visitor({
    CallExpression: (call) => {
      const title = titleOf(call);
      if (title === undefined) return;
      if (rootOf(call) === "describe") blocks.push(title);
      else if (rootOf(call) === "it") attacks.push({ under: blocks.join(": "), title });
    },
    "CallExpression:exit": (call) => {
      if (rootOf(call) === "describe" && titleOf(call) !== undefined) blocks.pop();
    },
  }).visit(parseSync(path, source).program);
  return attacks;
}

/** `it` of `it(…)`, `it.skipIf(…)(…)` and `it.each(…)(…)`. */
function rootOf(call: ESTree.CallExpression): string | undefined {
  let node: ESTree.Expression = call.callee;
  while (node.type !== "Identifier") {
    if (node.type === "CallExpression") node = node.callee;
    else if (node.type === "MemberExpression") node = node.object;
    else return undefined;
  }
  return node.name;
}

/** The first argument, where it is a text; what is filled in later shows as `…`. */
function titleOf({ arguments: [first] }: ESTree.CallExpression): string | undefined {
  if (first?.type === "Literal" && typeof first.value === "string") return asText(first.value);
  if (first?.type !== "TemplateLiteral") return undefined;
  return asText(first.quasis.map(({ value }) => value.cooked ?? value.raw).join("…"));
}

/** Rule numbers in bold, as in SPEC.md, and nothing that Markdown would take for its own. */
const asText = (title: string): string =>
  title
    .replaceAll(/%[a-z]|\$[a-z]\w*/gi, "…")
    .replaceAll(/[\\`*_<]/g, String.raw`\$&`)
    .replace(/^(?:\[[A-Z][^\]]*\] ?)+/, (rules) => {
      const numbers = [...rules.matchAll(/[A-Z]+-\d+/g)].map(([number]) => number);
      return `**${numbers.join(", ")}** `;
    });
