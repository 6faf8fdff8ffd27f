import type { Context } from "hono";
import * as v from "valibot";
import { toBase64Url } from "../../protocol/bytes.ts";
import { type TokenAnswer, tokenRequestSchema } from "../../protocol/http.ts";
import { roomIdSchema } from "../../protocol/ids.ts";
import { shownRole } from "../auth/shown-role.ts";
import { verifyDeviceProof } from "../auth/device-proof.ts";
import type { Edge } from "../edge.ts";
import { answerJson, refuse } from "../http/answers.ts";
import { readJsonBody } from "../http/json-body.ts";

const MOST_BODY_BYTES = 16 * 1024;

/** `POST /api/rooms/:id/tokens`: token and ICE servers in one answer. SPEC HTTP-2. */
export const issueToken =
  (edge: Edge) =>
  async (c: Context): Promise<Response> => {
    const request = c.req.raw;
    const address = edge.limiter.tokenForAddress(await edge.addressTagOf(request));
    if (address.retryAfterSec > 0) return refuse("rate-limited", address);
    const room = v.safeParse(roomIdSchema, c.req.param("id"));
    if (!room.success) return refuse("room-unknown");
    const roomId = room.output;
    const body = await readJsonBody(request, tokenRequestSchema, MOST_BODY_BYTES);
    if (!body.ok) return refuse(body.error.code);
    const { origin } = new URL(request.url);
    if (edge.checkLogin !== undefined) {
      const login = await edge.checkLogin(body.value.login, origin);
      if (!login.ok) return refuse(login.error.code);
    }
    const nowSec = Math.floor(edge.nowMs() / 1000);
    const proof = await verifyDeviceProof(roomId, body.value, nowSec);
    if (!proof.ok) {
      const { code } = proof.error;
      return refuse(code, code === "proof-expired" ? { timeSec: nowSec } : {});
    }
    const { memberId, accessHash, proofHash, expiresAtSec } = proof.value;
    const accessKey = `${roomId} ${toBase64Url(accessHash)}`;
    const limit = edge.limiter.tokenForRoom(roomId, edge.knownAccess.has(accessKey));
    if (limit.retryAfterSec > 0) return refuse("rate-limited", limit);
    const claim = { accessHash, roomDeviceKey: body.value.roomDeviceKey, atSec: body.value.atSec };
    const shown = await shownRole(roomId, claim, body.value.hostProof, nowSec);
    if (!shown.ok) return refuse(shown.error.code);
    const access = await edge.room(roomId).checkAccess({
      accessHash,
      memberId,
      shown: shown.value,
      proofHash,
      proofExpiresAtSec: expiresAtSec,
    });
    if (!access.ok) return refuse(access.error.code);
    edge.knownAccess.add(accessKey);
    const { role, delegation, mayRelay } = access.value;
    const { roomDeviceKey } = body.value;
    const [issued, iceServers] = await Promise.all([
      edge.issueToken({ origin, roomId, memberId, role, delegation, roomDeviceKey }),
      edge.iceServers(memberId, mayRelay),
    ]);
    const { iceTransportPolicy } = edge.config;
    return answerJson({ ...issued, iceServers, iceTransportPolicy } satisfies TokenAnswer, 200);
  };
