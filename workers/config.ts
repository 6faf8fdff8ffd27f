import * as v from "valibot";
import { LIMITS } from "../protocol/limits.ts";

const DEFAULT_STUN_URLS = "stun:stun.cloudflare.com:3478";
const MOST_URLS = 8;

const urlList = (scheme: RegExp, expected: string) =>
  v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(",")
        .map((url) => url.trim())
        .filter((url) => url !== ""),
    ),
    v.array(v.pipe(v.string(), v.regex(scheme, expected))),
    v.maxLength(MOST_URLS, `at most ${MOST_URLS} URLs`),
  );

/** An unset variable and an empty one say the same. */
const text = v.optional(
  v.pipe(
    v.string(),
    v.transform((value) => (value.trim() === "" ? undefined : value.trim())),
  ),
);

const isSecureUrl = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (
    protocol === "https:" ||
    (protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  );
};

const limit = (preset: number) =>
  v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1)), preset);

const edgeLimitsSchema = v.strictObject({
  createPerMinute: limit(LIMITS.createPerMinute),
  createPerDay: limit(LIMITS.createPerDay),
  tokensPerMinutePerAddress: limit(LIMITS.tokensPerMinutePerAddress),
  tokensPerMinutePerRoom: limit(LIMITS.tokensPerMinutePerRoom),
});
/** How often one address or one room may ask, before any room is woken. */
export type EdgeLimits = v.InferOutput<typeof edgeLimitsSchema>;

const variablesSchema = v.object({
  STUN_URLS: v.optional(
    urlList(/^stuns?:[^\s,]+$/, 'URLs starting with "stun:" or "stuns:", separated by commas'),
    DEFAULT_STUN_URLS,
  ),
  TURN_URLS: v.optional(
    urlList(/^turns?:[^\s,]+$/, 'URLs starting with "turn:" or "turns:", separated by commas'),
    "",
  ),
  TURN_SECRET: text,
  TURN_KEY_ID: v.pipe(
    text,
    v.check((id) => id === undefined || /^[\w-]+$/.test(id), "letters, digits, - and _"),
  ),
  TURN_KEY_API_TOKEN: text,
  ICE_TRANSPORT_POLICY: v.optional(v.picklist(["all", "relay"], '"all" or "relay"'), "all"),
  CREATE: v.optional(v.picklist(["open", "login"], '"open" or "login"'), "open"),
  TOKEN_ISSUER_JWKS_URL: v.pipe(
    text,
    v.check((url) => url === undefined || isSecureUrl(url), "an https URL"),
  ),
  EDGE_LIMITS: v.pipe(
    v.optional(v.string(), "{}"),
    v.parseJson(undefined, "a JSON object"),
    edgeLimitsSchema,
  ),
});

/** What the operator decided, read and checked once. `docs/operate.md` documents each variable. */
export type Config = {
  readonly stunUrls: readonly string[];
  /** A TURN server with the REST shared-secret scheme. */
  readonly turnServer: { readonly urls: readonly string[]; readonly secret: string } | undefined;
  /** Cloudflare's TURN service. */
  readonly turnService: { readonly keyId: string; readonly apiToken: string } | undefined;
  readonly iceTransportPolicy: "all" | "relay";
  readonly create: "open" | "login";
  readonly tokenIssuerJwksUrl: string | undefined;
  readonly edgeLimits: EdgeLimits;
};

export type ConfigProblem = { readonly variable: string; readonly expected: string };

/** Reads the variables of the deployment. A problem names the variable and what it takes, never its value. */
export function readConfig(
  variables: object,
):
  | { readonly ok: true; readonly value: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] } {
  const parsed = v.safeParse(variablesSchema, variables);
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.issues.map((issue) => ({
        variable: variableOf(issue),
        // The messages of valibot itself repeat the value they were given.
        expected: ownMessage(issue),
      })),
    };
  }
  const given = parsed.output;
  const problems = contradictions(given);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      stunUrls: given.STUN_URLS,
      turnServer:
        given.TURN_SECRET === undefined
          ? undefined
          : { urls: given.TURN_URLS, secret: given.TURN_SECRET },
      turnService:
        given.TURN_KEY_ID === undefined || given.TURN_KEY_API_TOKEN === undefined
          ? undefined
          : { keyId: given.TURN_KEY_ID, apiToken: given.TURN_KEY_API_TOKEN },
      iceTransportPolicy: given.ICE_TRANSPORT_POLICY,
      create: given.CREATE,
      tokenIssuerJwksUrl: given.TOKEN_ISSUER_JWKS_URL,
      edgeLimits: given.EDGE_LIMITS,
    },
  };
}

const variableOf = (issue: v.BaseIssue<unknown>): string =>
  v.getDotPath(issue)?.split(".")[0] ?? "the variables";

function ownMessage(issue: v.BaseIssue<unknown>): string {
  if (variableOf(issue) === "EDGE_LIMITS") {
    return `a JSON object of positive integers, of ${Object.keys(edgeLimitsSchema.entries).join(", ")}`;
  }
  return issue.kind === "schema" && issue.type === "string" ? "text" : issue.message;
}

/** Variables that say nothing, or the opposite of one another, together. */
function contradictions(given: v.InferOutput<typeof variablesSchema>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const needs = (variable: string, expected: string, isBroken: boolean) => {
    if (isBroken) problems.push({ variable, expected });
  };
  const hasUrls = given.TURN_URLS.length > 0;
  const hasServer = hasUrls && given.TURN_SECRET !== undefined;
  const hasService = given.TURN_KEY_ID !== undefined && given.TURN_KEY_API_TOKEN !== undefined;
  needs("TURN_SECRET", "to be set with TURN_URLS", hasUrls && !hasServer);
  needs("TURN_URLS", "to be set with TURN_SECRET", !hasUrls && given.TURN_SECRET !== undefined);
  needs(
    "TURN_KEY_API_TOKEN",
    "to be set with TURN_KEY_ID",
    given.TURN_KEY_ID !== undefined && !hasService,
  );
  needs(
    "TURN_KEY_ID",
    "to be set with TURN_KEY_API_TOKEN",
    given.TURN_KEY_API_TOKEN !== undefined && !hasService,
  );
  needs(
    "ICE_TRANSPORT_POLICY",
    '"relay" only with a TURN server to relay through',
    given.ICE_TRANSPORT_POLICY === "relay" && !hasServer && !hasService,
  );
  needs(
    "TOKEN_ISSUER_JWKS_URL",
    'to be set with CREATE "login"',
    given.CREATE === "login" && given.TOKEN_ISSUER_JWKS_URL === undefined,
  );
  return problems;
}
