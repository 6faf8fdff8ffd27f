import { ROTATION } from "../../durable-objects/key-rotation.ts";
import type { Edge } from "../edge.ts";
import { answerJson } from "../http/answers.ts";

/** `GET /.well-known/jwks.json`: the public keys of room tokens, for whoever checks one elsewhere. */
export const jwks = (edge: Edge) => async (): Promise<Response> => {
  const { keys } = await edge.keyRing().publicKeys();
  return answerJson({ keys }, 200, {
    "Cache-Control": `public, max-age=${ROTATION.publicKeysForSec}`,
  });
};
