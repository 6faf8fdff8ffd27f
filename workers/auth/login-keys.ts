import type { AppDeps } from "../deps.ts";

const TIME_LIMIT_MS = 2_000;
const MOST_BYTES = 256 * 1024;

/** Fetches the JWKS of the operator's own issuer. Throws, and says so in the log, when it can't be had. */
export async function fetchLoginKeys(
  url: string,
  deps: Pick<AppDeps, "fetch" | "log">,
): Promise<object> {
  try {
    const response = await deps.fetch(
      new Request(url, {
        headers: { Accept: "application/json" },
        redirect: "manual",
        signal: AbortSignal.timeout(TIME_LIMIT_MS),
      }),
    );
    if (!response.ok) throw new Error(`status ${response.status}`);
    const text = await response.text();
    if (text.length > MOST_BYTES) throw new Error("an answer too long for a key set");
    const jwks: unknown = JSON.parse(text);
    if (typeof jwks !== "object" || jwks === null) throw new Error("an answer that is no object");
    return jwks;
  } catch (error) {
    deps.log({
      code: "login-keys-unavailable",
      detail: error instanceof Error ? error.name : "an exception",
    });
    throw new Error("the keys of TOKEN_ISSUER_JWKS_URL could not be fetched", { cause: error });
  }
}
