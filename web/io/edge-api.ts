import * as v from "valibot";
import { createdRoomSchema, httpFailureSchema, tokenAnswerSchema } from "../../protocol/http.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";
import type { Clock } from "../core/clock.ts";
import type { EdgeApi, EdgeFailure } from "../core/edge-api.ts";

/** A slow phone line answers within this; a dead one never does. */
const ANSWER_MS = 10_000;

/**
 * The routes of SPEC HTTP-*, over fetch. Sends no cookie and no referrer; follows no redirect.
 *
 * `edge-unreachable`: no answer twice, each within 10 s, or one that is not Sotto's (a hotel's login page).
 */
export function createEdgeApi(edge: {
  readonly origin: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}): EdgeApi {
  const ask = edge.fetch ?? globalThis.fetch.bind(globalThis);

  const post = async (path: string, body: object): Promise<Response | undefined> => {
    const limit = new AbortController();
    const cancel = edge.clock.after(ANSWER_MS, () => limit.abort());
    try {
      const response = await ask(new URL(path, edge.origin), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        credentials: "omit",
        referrerPolicy: "no-referrer",
        redirect: "error",
        signal: limit.signal,
      });
      // Read within the time limit too.
      return new Response(await response.text(), { status: response.status });
    } catch {
      return undefined;
    } finally {
      cancel();
    }
  };

  const request = async <Schema extends v.GenericSchema>(
    path: string,
    body: object,
    schema: Schema,
  ): Promise<Result<v.InferOutput<Schema>, EdgeFailure>> => {
    const first = await post(path, body);
    // Connections kept open die without a word; the next one is fresh.
    const response = first ?? (await post(path, body));
    if (response === undefined) return fail("edge-unreachable");
    const answer = await json(response);
    if (response.ok) {
      const parsed = v.safeParse(schema, answer);
      return parsed.success ? ok(parsed.output) : fail("edge-answer-malformed");
    }
    const refusal = v.safeParse(httpFailureSchema, answer);
    if (!refusal.success) return fail("edge-answer-malformed");
    // The first request did arrive and its answer was lost: the owner signs a new proof.
    if (first === undefined && refusal.output.code === "proof-replayed")
      return fail("edge-unreachable");
    return { ok: false, error: refusal.output };
  };

  return {
    createRoom: (body) => request("/api/rooms", body, createdRoomSchema),
    requestToken: (roomId, body) => request(`/api/rooms/${roomId}/tokens`, body, tokenAnswerSchema),
  };
}

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
