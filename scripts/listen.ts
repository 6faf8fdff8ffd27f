import { createServer } from "node:net";
import { parseArgs } from "node:util";
import { rootPath } from "./root.ts";

/** Where `npm start` listens, and what the Worker is told. */
export type ListenOptions = {
  host: string;
  port: number;
  stateDir: string;
  vars: Record<string, string>;
};

/**
 * Reads `PORT`, `HOST`, `SOTTO_STATE_DIR`, `SOTTO_VARS` (a JSON object) and any number of
 * `--var NAME:VALUE`, which win.
 */
export function listenOptions(
  args: string[],
  env: Record<string, string | undefined>,
): { ok: true; value: ListenOptions } | { ok: false; error: string } {
  const port = Number(env["PORT"] || "8787");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return { ok: false, error: `PORT must be a number from 1 to 65535, not "${env["PORT"]}".` };
  }
  const vars = parseVars(env["SOTTO_VARS"] || "{}");
  if (vars === undefined) {
    return { ok: false, error: 'SOTTO_VARS must be a JSON object of strings: {"NAME":"value"}' };
  }
  for (const pair of varArguments(args)) {
    const colon = pair.indexOf(":");
    if (colon < 1) return { ok: false, error: `--var takes NAME:VALUE, not "${pair}".` };
    vars[pair.slice(0, colon)] = pair.slice(colon + 1);
  }
  return {
    ok: true,
    value: {
      host: env["HOST"] || "localhost",
      port,
      stateDir: env["SOTTO_STATE_DIR"] || rootPath(".wrangler", "state"),
      vars,
    },
  };
}

function varArguments(args: string[]): string[] {
  const { values } = parseArgs({
    args,
    options: { var: { type: "string", multiple: true } },
  });
  return values.var ?? [];
}

function parseVars(json: string): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
    const entries: [string, unknown][] = Object.entries(parsed);
    const strings = entries.filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return strings.length === entries.length ? Object.fromEntries(strings) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether nothing listens at that address yet. */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
