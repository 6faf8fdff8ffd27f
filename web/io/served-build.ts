/** More than a manifest of this app will ever weigh. */
const MOST_CHARACTERS = 65_536;
/** Shown of a build's 64 digits: enough to tell builds apart and to read out; whoever checks, checks the files. */
const SHOWN_DIGITS = 12;

/**
 * The name of the build this page is of: the first digits of the SHA-256 of the site's manifest, as
 * `npm run build` prints it. Undefined where that manifest does not name `script`, a module of this
 * page: then the site has got another build since.
 */
export async function servedBuild(page: {
  readonly origin: string;
  readonly script: string;
  readonly fetch?: typeof fetch;
}): Promise<string | undefined> {
  try {
    const ask = page.fetch ?? fetch;
    const response = await ask(new URL("/build.json", page.origin), {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
    });
    const text = await response.text();
    if (!response.ok || text.length > MOST_CHARACTERS) return undefined;
    const manifest: unknown = JSON.parse(text);
    if (!namesFile(manifest, new URL(page.script).pathname)) return undefined;
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const digits = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0"));
    return digits.join("").slice(0, SHOWN_DIGITS);
  } catch {
    return undefined;
  }
}

function namesFile(manifest: unknown, path: string): boolean {
  if (typeof manifest !== "object" || manifest === null || !("files" in manifest)) return false;
  const { files } = manifest;
  return typeof files === "object" && files !== null && Object.hasOwn(files, path);
}

/** Resolves when the page has loaded and has nothing to do: what nobody waits for is asked for then. */
export async function whenIdle(): Promise<void> {
  if (document.readyState !== "complete") {
    await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  }
  await new Promise<void>((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve());
    else setTimeout(resolve);
  });
}
