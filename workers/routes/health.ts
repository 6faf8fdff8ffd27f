import type { Edge } from "../edge.ts";
import { answerJson } from "../http/answers.ts";

/** `GET /healthz`: 200 once tokens can be issued, and with them calls made. */
export const health = (edge: Edge) => async (): Promise<Response> => {
  await edge.keyRing().publicKeys();
  return answerJson({ ready: true }, 200);
};
