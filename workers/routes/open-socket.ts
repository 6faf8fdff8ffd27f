import type { Context } from "hono";
import * as v from "valibot";
import { SOCKET_HEADERS } from "../../durable-objects/rpc.ts";
import { roomIdSchema } from "../../protocol/ids.ts";
import { SOCKET_PROTOCOL } from "../../protocol/message-codec.ts";
import { verifyRoomToken } from "../auth/room-token.ts";
import type { Edge } from "../edge.ts";
import { isEdgeFailureCode, refuse } from "../http/answers.ts";

/** `GET /api/rooms/:id/socket`: hands an upgrade whose token is good to the room. SPEC SOCKET-1. */
export const openSocket =
  (edge: Edge) =>
  async (c: Context): Promise<Response> => {
    const { headers, url } = c.req.raw;
    if (headers.get("Upgrade")?.toLowerCase() !== "websocket") {
      return refuse("upgrade-required", { headers: { Upgrade: "websocket" } });
    }
    const { origin } = new URL(url);
    // Browsers always name their page's origin; a program that isn't one could name any.
    if ((headers.get("Origin") ?? origin) !== origin) return refuse("origin-not-allowed");
    const room = v.safeParse(roomIdSchema, c.req.param("id"));
    if (!room.success) return refuse("room-unknown");
    const roomId = room.output;
    const [protocol, token, ...more] = (headers.get("Sec-WebSocket-Protocol") ?? "")
      .split(",")
      .map((value) => value.trim());
    if (protocol !== SOCKET_PROTOCOL)
      return refuse(protocol === "" ? "token-missing" : "version-unknown");
    if (token === undefined || token === "" || more.length > 0) return refuse("token-missing");
    const verified = await verifyRoomToken(
      token,
      { origin, roomId, nowMs: edge.nowMs() },
      edge.tokenKeys,
    );
    if (!verified.ok) return refuse(verified.error.code);
    const { memberId, role, delegation, jti } = verified.value;
    // A request of its own: of what the client sent, address and token included, the room sees nothing.
    const upgrade = new Request("https://room/socket", {
      headers: {
        Upgrade: "websocket",
        [SOCKET_HEADERS.memberId]: memberId,
        [SOCKET_HEADERS.role]: role,
        ...(delegation === undefined ? {} : { [SOCKET_HEADERS.delegation]: String(delegation) }),
        [SOCKET_HEADERS.jti]: jti,
        [SOCKET_HEADERS.addressTag]: await edge.addressTagOf(c.req.raw),
      },
    });
    const answer = await edge.room(roomId).fetch(upgrade);
    if (answer.status !== 101 || answer.webSocket === null) return await refusalOf(answer);
    return new Response(null, {
      status: 101,
      webSocket: answer.webSocket,
      headers: { "Sec-WebSocket-Protocol": SOCKET_PROTOCOL },
    });
  };

/** The room's refusal, where it is one the edge knows. */
async function refusalOf(answer: Response): Promise<Response> {
  const body: unknown = await answer.json().catch(() => undefined);
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : undefined;
  return refuse(isEdgeFailureCode(code) ? code : "service-unavailable");
}
