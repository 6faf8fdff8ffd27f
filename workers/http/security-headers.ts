/**
 * Every security header of the deployment, in one place: the Worker puts them on its answers, and
 * the build writes them for the assets, which do not pass through the Worker.
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

const otherHeaders: readonly (readonly [string, string])[] = [
  [
    "Permissions-Policy",
    [
      ...usedFeatures.map((name) => `${name}=(self)`),
      ...unusedFeatures.map((name) => `${name}=()`),
    ].join(", "),
  ],
  // The page is a process of its own: no opener, no foreign document beside its keys.
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  // The path of a room's page holds its id.
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  // Browsers heed it over https alone. Other hosts of the operator are their own business.
  ["Strict-Transport-Security", "max-age=63072000"],
];

/**
 * The security headers of every answer.
 *
 * @param scriptHashes CSP hash sources of the page's import map, which the build works out; a script
 *   within the page is let through by nothing else.
 */
export const securityHeaders = (
  scriptHashes: readonly string[] = [],
): ReadonlyMap<string, string> =>
  new Map([["Content-Security-Policy", policyWith(scriptHashes)], ...otherHeaders]);

/** Cloudflare's `_headers` for the built app: the same headers, and how long each file may be kept. */
export function assetHeadersFile(scriptHashes: readonly string[] = []): string {
  const everywhere = [...securityHeaders(scriptHashes)].map(
    ([name, value]) => `  ${name}: ${value}`,
  );
  return [
    "/*",
    ...everywhere,
    "  Cache-Control: no-cache",
    // Their names carry a hash of their content.
    "/assets/*",
    "  ! Cache-Control",
    "  Cache-Control: public, max-age=31536000, immutable",
    "",
  ].join("\n");
}
