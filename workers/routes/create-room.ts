import type { Context } from "hono";
import { createRoomSchema } from "../../protocol/http.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { verifyCreateRequest } from "../auth/create-request.ts";
import type { Edge } from "../edge.ts";
import { answerJson, refuse } from "../http/answers.ts";
import { readJsonBody } from "../http/json-body.ts";

/** Two policies and a login in base64url, and room for the rest. */
const MOST_BODY_BYTES = Math.ceil((2 * LIMITS.policyBytes * 4) / 3) + 16 * 1024;

/** `POST /api/rooms`. SPEC HTTP-1. */
export const createRoom =
  (edge: Edge) =>
  async (c: Context): Promise<Response> => {
    const request = c.req.raw;
    const { retryAfterSec } = edge.limiter.create(await edge.addressTagOf(request));
    if (retryAfterSec > 0) return refuse("rate-limited", { retryAfterSec });
    const body = await readJsonBody(request, createRoomSchema, MOST_BODY_BYTES);
    if (!body.ok) return refuse(body.error.code);
    if (edge.config.create === "login" && edge.checkLogin !== undefined) {
      const login = await edge.checkLogin(body.value.login, new URL(request.url).origin);
      if (!login.ok) return refuse(login.error.code);
    }
    const roomId = await verifyCreateRequest(body.value);
    if (!roomId.ok) return refuse(roomId.error.code);
    const { hostPublicKey, accessHash, doorPolicy, sealedPolicy } = body.value;
    const outcome = await edge
      .room(roomId.value)
      .createRoom({ roomId: roomId.value, hostPublicKey, accessHash, doorPolicy, sealedPolicy });
    if (outcome === "other") return refuse("room-exists");
    return answerJson({ roomId: roomId.value }, outcome === "made" ? 201 : 200);
  };
