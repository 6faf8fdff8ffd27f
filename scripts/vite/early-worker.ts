/**
 * The script within the page that starts the crypto worker as the page is read, while the page's own
 * script is still on its way: a worker takes a tenth of a second to start, and a join waits for it.
 *
 * The one Trusted Types policy there is makes this one address and no other. What the script leaves
 * behind is read by `web/io/early-worker.ts`.
 */
export const earlyWorkerScript = (address: string): string =>
  [
    `{const a=${JSON.stringify(address)},t=globalThis.trustedTypes,`,
    `e=globalThis.sottoWorker={url:t?t.createPolicy("sotto-worker",{createScriptURL:()=>a}).createScriptURL(a):a};`,
    `try{(e.worker=new Worker(e.url,{type:"module"})).onerror=()=>delete e.worker}catch{}}`,
  ].join("");

/** The page with that script in front of all others. */
export function withEarlyWorker(html: string, address: string): string {
  const at = html.search(/<script\b|<link\b[^>]*\brel="?modulepreload/);
  if (at < 0) throw new Error("index.html: expected a script");
  return `${html.slice(0, at)}<script>${earlyWorkerScript(address)}</script>\n    ${html.slice(at)}`;
}

/** The one script among these files that the page's chunks name and don't import: the worker's. */
export function workerAddress(
  chunks: readonly string[],
  scriptAddresses: readonly string[],
): string | undefined {
  const named = scriptAddresses.filter((address) =>
    chunks.some((code) => ['"', "'", "`"].some((mark) => code.includes(mark + address + mark))),
  );
  if (named.length > 1) throw new Error(`expected one worker, got ${named.join(", ")}`);
  return named[0];
}
