import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { headersAt } from "../../workers/http/security-headers.ts";
import { MANIFEST_FILE, parseManifest, sha256 } from "../vite/build-manifest.ts";
import { checkedAddresses, inlineScriptHashes } from "../vite/integrity.ts";
import { type Answer, fetchBounded, printable } from "./fetch-bounded.ts";

/** Read of an answer that is not as long as it should be, so that a change can be told from a flood. */
const SLACK_BYTES = 1 << 20;

/** Answer headers that make a browser do something, of which no deployment sends any. */
const unwantedHeaders = ["Link", "Refresh", "Set-Cookie"];

/** The address to check, from what was typed; a sentence where it is none. */
export function deploymentOrigin(
  typed: string | undefined,
): { readonly ok: true; readonly value: string } | { readonly ok: false; readonly error: string } {
  const url = typed === undefined ? null : URL.parse(typed);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username + url.password !== "") {
    return {
      ok: false,
      error:
        "Say which deployment to check: npm run verify-deployment https://calls.example.com (the address of its landing page).",
    };
  }
  return { ok: true, value: url.origin };
}

/**
 * Compares what `origin` serves with the web app built in `directory`: the manifest, every file, the
 * page under the two addresses it has, and the security headers of each answer.
 *
 * @returns a line for each difference; none where it matches.
 */
export async function checkDeployment(origin: string, directory: string): Promise<string[]> {
  const text = readFileSync(join(directory, MANIFEST_FILE), "utf8");
  const own = parseManifest(text);
  if (own === undefined) throw new TypeError(`${MANIFEST_FILE}: expected a manifest of this build`);
  const page = readFileSync(join(directory, "index.html"), "utf8");
  const scriptHashes = inlineScriptHashes(page);

  const manifestUrl = new URL(`/${MANIFEST_FILE}`, origin);
  const manifest = await fetchBounded(manifestUrl, text.length + SLACK_BYTES);
  // Without an answer here there is nothing to compare the rest with.
  if (!manifest.ok) return [`${manifestUrl.href} ${manifest.reason}.`];
  const problem = manifestProblem(manifest.value);
  if (problem !== undefined) return [`${manifestUrl.href} ${problem}`];

  const differences = [
    ...manifestDifferences(own.files, text, Buffer.from(manifest.value.bytes).toString()),
    ...headerDifferences(
      `/${MANIFEST_FILE}`,
      manifest.value.headers,
      headersAt(`/${MANIFEST_FILE}`, scriptHashes),
    ),
  ];
  for (const { address, file } of servedAddresses(Object.keys(own.files))) {
    // One after another: what is checked is somebody's free plan.
    const bytes = readFileSync(join(directory, file));
    const answer = await fetchBounded(new URL(address, origin), bytes.length + SLACK_BYTES);
    if (!answer.ok) {
      differences.push(`${address} ${answer.reason}.`);
      continue;
    }
    differences.push(
      ...contentDifferences(address, bytes, answer.value),
      ...headerDifferences(address, answer.value.headers, headersAt(address, scriptHashes)),
    );
  }
  return differences;
}

function manifestProblem({ status, headers, bytes }: Answer): string | undefined {
  const mediaType = headers.get("Content-Type")?.split(";")[0]?.trim() ?? "no type";
  if (mediaType === "text/html") {
    return "is a web page, not a manifest: this is no deployment of Sotto, or one from before builds could be checked.";
  }
  if (status !== 200) return `answers ${status}.`;
  if (parseManifest(Buffer.from(bytes).toString()) === undefined) {
    return `is not a manifest of a build (${printable(mediaType)}, ${bytes.length} bytes).`;
  }
  return undefined;
}

function manifestDifferences(
  own: Readonly<Record<string, string>>,
  ownText: string,
  theirText: string,
): string[] {
  if (ownText === theirText) return [];
  const theirs = parseManifest(theirText)?.files ?? {};
  const names = [...new Set([...Object.keys(own), ...Object.keys(theirs)])].toSorted();
  const differences = names.flatMap((name) => {
    if (own[name] === theirs[name]) return [];
    if (own[name] === undefined) {
      return [`Its manifest names ${printable(name)}, which this checkout does not build.`];
    }
    return theirs[name] === undefined
      ? [`Its manifest does not name ${name}.`]
      : [`Its manifest has another hash for ${name}.`];
  });
  return differences.length > 0
    ? differences
    : ["Its manifest names the same files in other bytes, so its build has another name."];
}

/** The page stands at the root, and at every address of a call: one that nobody has is asked for. */
function servedAddresses(files: readonly string[]): { address: string; file: string }[] {
  const nobodysCall = `/r/${randomBytes(16).toString("base64url")}`;
  return files.flatMap((file) =>
    file === "/index.html"
      ? ["/", nobodysCall].map((address) => ({ address, file }))
      : [{ address: file, file }],
  );
}

function contentDifferences(address: string, own: Uint8Array, answer: Answer): string[] {
  if (answer.status !== 200) return [`${address} answers ${answer.status}.`];
  const hash = sha256(answer.bytes);
  if (hash === sha256(own)) return [];
  const text = Buffer.from(answer.bytes).toString();
  const known = new Set(checkedAddresses(Buffer.from(own).toString()));
  const foreign = checkedAddresses(text).filter((source) => !known.has(source));
  return [
    `${address} has other bytes: SHA-256 ${hash}, expected ${sha256(own)}.`,
    ...(address.startsWith("/assets/") ? [] : foreign).map(
      (source) => `${address} loads ${printable(source)}, which this checkout's page does not.`,
    ),
  ];
}

function headerDifferences(
  address: string,
  theirs: Headers,
  own: ReadonlyMap<string, string>,
): string[] {
  const wrong = [...own].flatMap(([name, value]) => {
    const has = theirs.get(name);
    if (has === value) return [];
    return has === null
      ? [`${address} comes without ${name}.`]
      : [`${address} comes with another ${name}: ${printable(has)}`];
  });
  const unwanted = unwantedHeaders
    .filter((name) => theirs.has(name))
    .map((name) => `${address} comes with ${name}, which no deployment sends.`);
  return [...wrong, ...unwanted];
}
