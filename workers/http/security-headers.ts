/**
 * Every security header of the deployment, in one place: the Worker puts them on its answers, and
 * the build writes them for the assets, which do not pass through the Worker. They are long, and a
 * join has eight answers: each carries those that a browser heeds on an answer of its kind.
 */

const directives: Readonly<Record<string, string>> = {
  "default-src": "'none'",
  "script-src": "'self'",
  "style-src": "'self'",
  "img-src": "'self'",
  "font-src": "'self'",
  // A MediaStream as `srcObject` is no fetch: calls play under this in Chromium and Firefox.
  "media-src": "'self'",
  // Covers this origin's WebSockets too (CSP Level 3 §6.7.2.8).
  "connect-src": "'self'",
  "worker-src": "'self'",
  "manifest-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "frame-ancestors": "'none'",
  // `new Worker(url)` takes a TrustedScriptURL where types are required: the one policy there is.
  "require-trusted-types-for": "'script'",
  "trusted-types": "sotto-worker",
};

/**
 * What a call uses, for this origin alone. Sharing the link (`web-share`) is its own by default, and
 * some builds of Chromium complain in the console of names they don't know.
 */
const usedFeatures = [
  "autoplay",
  "camera",
  "clipboard-write",
  "cross-origin-isolated",
  "display-capture",
  "fullscreen",
  "microphone",
  "picture-in-picture",
  "screen-wake-lock",
  "speaker-selection",
];

/** What no part of it may ever use, nor anything that got into the page. */
const unusedFeatures = [
  "accelerometer",
  "browsing-topics",
  "clipboard-read",
  "encrypted-media",
  "gamepad",
  "geolocation",
  "gyroscope",
  "hid",
  "identity-credentials-get",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "midi",
  "otp-credentials",
  "payment",
  "publickey-credentials-create",
  "publickey-credentials-get",
  "serial",
  "storage-access",
  "sync-xhr",
  "usb",
  "window-management",
  "xr-spatial-tracking",
];

const policyWith = (scriptHashes: readonly string[]): string =>
  Object.entries(directives)
    .map(([name, value]) => [name, value, ...(name === "script-src" ? scriptHashes : [])].join(" "))
    .join("; ");

/**
 * For all that is no page: scripts, styles, pictures, data. It may load, run and reach nothing, nor be
 * framed. The crypto worker takes its policy from its own script's answer, so this one binds it: what
 * holds every key can ask no server for anything.
 */
const nothing = "default-src 'none'; frame-ancestors 'none'";

const everywhere: readonly (readonly [string, string])[] = [
  // Workers need it too, or the page would not be given them.
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  // The path of a room's page holds its id.
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  // Browsers heed it over https alone. Other hosts of the operator are their own business.
  ["Strict-Transport-Security", "max-age=63072000"],
];

const otherOfPages: readonly (readonly [string, string])[] = [
  [
    "Permissions-Policy",
    [
      ...usedFeatures.map((name) => `${name}=(self)`),
      ...unusedFeatures.map((name) => `${name}=()`),
    ].join(", "),
  ],
  // The page is a process of its own: no opener, no foreign document beside its keys.
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ...everywhere,
];

const ofData: ReadonlyMap<string, string> = new Map([
  ["Content-Security-Policy", nothing],
  ...everywhere,
]);

/**
 * The security headers of a page.
 *
 * @param scriptHashes CSP hash sources of what the page holds in itself, which the build works out; a
 *   script within the page is let through by nothing else.
 */
export const pageHeaders = (scriptHashes: readonly string[] = []): ReadonlyMap<string, string> =>
  new Map([["Content-Security-Policy", policyWith(scriptHashes)], ...otherOfPages]);

/** The security headers of every answer that is no page. A browser asks only pages for their features and openers. */
export const dataHeaders = (): ReadonlyMap<string, string> => ofData;

/** Files of the built app that are no page, by their rules in `_headers`; the page answers for every other address. */
const ASSETS = "/assets/*";
const noPages: readonly string[] = ["/apple-touch-icon.png", "/build.json", "/favicon.svg", ASSETS];

/** The security headers of what is served at this address of the built app. */
export const headersAt = (
  address: string,
  scriptHashes: readonly string[],
): ReadonlyMap<string, string> =>
  noPages.includes(address) || address.startsWith(ASSETS.slice(0, -1))
    ? dataHeaders()
    : pageHeaders(scriptHashes);

/** Cloudflare's `_headers` for the built app: the security headers, and how long each file may be kept. */
export function assetHeadersFile(scriptHashes: readonly string[] = []): string {
  const page = [...pageHeaders(scriptHashes)].map(([name, value]) => `  ${name}: ${value}`);
  // An address under /assets/ where no file is answers with the page, under this policy a blank one.
  const noPage = [
    "  ! Content-Security-Policy",
    "  ! Permissions-Policy",
    "  ! Cross-Origin-Opener-Policy",
    `  Content-Security-Policy: ${nothing}`,
  ];
  return [
    "/*",
    ...page,
    "  Cache-Control: no-cache",
    ...noPages.flatMap((rule) => [rule, ...noPage]),
    // Their names carry a hash of their content.
    "  ! Cache-Control",
    "  Cache-Control: public, max-age=31536000, immutable",
    "",
  ].join("\n");
}
