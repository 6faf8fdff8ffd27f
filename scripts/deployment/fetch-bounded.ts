const PATIENCE_MS = 30_000;

/** An answer of a deployment, read whole. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
};

/** An answer, or why there is none, as the end of a sentence that begins with the address. */
type Fetched =
  | { readonly ok: true; readonly value: Answer }
  | { readonly ok: false; readonly reason: string };

/** Asks for one address and follows no redirect. Reading stops after `mostBytes`. */
export async function fetchBounded(url: URL, mostBytes: number): Promise<Fetched> {
  const fail = (reason: string) => ({ ok: false as const, reason });
  try {
    const response = await fetch(url, {
      redirect: "manual",
      cache: "no-store",
      headers: { Accept: "text/html,*/*" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      const target = response.headers.get("Location") ?? "nowhere";
      return fail(`is redirected to ${printable(target)}`);
    }
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of response.body ?? []) {
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) return fail(`is longer than ${mostBytes} bytes`);
      chunks.push(chunk);
    }
    const { status, headers } = response;
    return { ok: true, value: { status, headers, bytes: Buffer.concat(chunks) } };
  } catch (error) {
    return fail(`can't be reached: ${causeOf(error)}`);
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return `no whole answer within ${PATIENCE_MS / 1000} seconds`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
}

/** What a server says, fit for a terminal: one line, and no control character among it. */
export const printable = (text: string): string =>
  text.replaceAll(/[^\u{20}-\u{7e}]/gu, "?").slice(0, 200);
