import * as v from "valibot";
import { concat } from "../../protocol/bytes.ts";
import { fail, ok, type Result } from "../../protocol/result.ts";

type BodyFailure = { readonly code: "body-malformed" | "body-too-large" };

/**
 * Reads a JSON body of at most `mostBytes` by a schema.
 *
 * Only `application/json` is read: a page of another origin can't send that without asking first,
 * and is never allowed to. Reading stops at the limit, whatever length was announced.
 */
export async function readJsonBody<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
  mostBytes: number,
): Promise<Result<v.InferOutput<Schema>, BodyFailure>> {
  const mediaType = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") return fail("body-malformed");
  const bytes = await readAtMost(request, mostBytes);
  if (bytes === undefined) return fail("body-too-large");
  const parsed = v.safeParse(schema, parseJson(bytes));
  return parsed.success ? ok(parsed.output) : fail("body-malformed");
}

async function readAtMost(request: Request, mostBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("Content-Length") ?? 0) > mostBytes) return undefined;
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body) {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return concat(...chunks);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
