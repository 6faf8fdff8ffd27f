import * as v from "valibot";
import { fromBase64Url } from "./bytes.ts";
import { failureCodeSchema } from "./failure-codes.ts";
import { LIMITS } from "./limits.ts";

/** Base64url text read as bytes of one length, or up to one. */
const bytesText = (most: number, exact: boolean) =>
  v.pipe(
    v.string(),
    v.maxLength(Math.ceil((most * 4) / 3) + 1),
    v.transform(fromBase64Url),
    v.custom<Uint8Array<ArrayBuffer>>(
      (bytes) =>
        bytes instanceof Uint8Array &&
        (exact ? bytes.length === most : bytes.length > 0 && bytes.length <= most),
      `expected base64url of ${exact ? "" : "at most "}${most} bytes`,
    ),
  );

/** Body of `POST /api/rooms`. SPEC HTTP-1. */
export const createRoomSchema = v.strictObject({
  hostPublicKey: bytesText(32, true),
  accessHash: bytesText(32, true),
  /** CBOR of a `SignedPolicy` over a `DoorPolicy`. */
  doorPolicy: bytesText(LIMITS.policyBytes, false),
  /** Envelope of kind `policy` around a `SignedPolicy` over a `GroupPolicy`. */
  sealedPolicy: bytesText(LIMITS.policyBytes, false),
  /** By the host key: SIGN-1. */
  signature: bytesText(64, true),
  login: v.optional(v.pipe(v.string(), v.maxLength(8_192))),
});
export type CreateRoom = v.InferOutput<typeof createRoomSchema>;
/** The same, as it is sent. */
export type CreateRoomBody = v.InferInput<typeof createRoomSchema>;

/** Answer of `POST /api/rooms`: 201 when made, 200 when it stood alike already. */
export const createdRoomSchema = v.strictObject({ roomId: v.string() });

/** Body of `POST /api/rooms/:id/tokens`. SPEC HTTP-2. */
export const tokenRequestSchema = v.strictObject({
  access: bytesText(32, true),
  roomDeviceKey: bytesText(32, true),
  /** By the room device key: SIGN-8. */
  proof: bytesText(64, true),
  atSec: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** CBOR of a `HostProof`: SIGN-13. */
  hostProof: v.optional(bytesText(1024, false)),
  login: v.optional(v.pipe(v.string(), v.maxLength(8_192))),
});
export type TokenRequest = v.InferOutput<typeof tokenRequestSchema>;
/** The same, as it is sent. */
export type TokenRequestBody = v.InferInput<typeof tokenRequestSchema>;

export const iceServerSchema = v.strictObject({
  urls: v.array(v.string()),
  username: v.optional(v.string()),
  credential: v.optional(v.string()),
});
/** Answer of `POST /api/rooms/:id/tokens`. */
export const tokenAnswerSchema = v.strictObject({
  token: v.string(),
  expiresAtSec: v.number(),
  iceServers: v.array(iceServerSchema),
  /** `all`, or `relay` where the operator wants no direct path. */
  iceTransportPolicy: v.picklist(["all", "relay"]),
});
export type TokenAnswer = v.InferOutput<typeof tokenAnswerSchema>;

/** Every refusal over HTTP. `timeSec` comes with `proof-expired`, for one retry by the server's clock. */
export const httpFailureSchema = v.strictObject({
  code: failureCodeSchema,
  timeSec: v.optional(v.number()),
  retryAfterSec: v.optional(v.number()),
});
export type HttpFailure = v.InferOutput<typeof httpFailureSchema>;

/** Claims of a room token (RFC 7519), EdDSA by a key of `/.well-known/jwks.json`. SPEC TOKEN-1. */
export const tokenClaimsSchema = v.object({
  iss: v.string(),
  /** The room id. */
  aud: v.string(),
  /** The member id. */
  sub: v.string(),
  role: v.picklist(["host", "co-host", "member"]),
  /** Serial of the delegation that was shown; 0: it was the host key. Absent: nothing was shown. SPEC HOST-4. */
  delegation: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  iat: v.number(),
  exp: v.number(),
  jti: v.string(),
  /** RFC 7800; `jkt` is the RFC 7638 thumbprint of the room device key. */
  cnf: v.object({ jkt: v.string() }),
});
export type TokenClaims = v.InferOutput<typeof tokenClaimsSchema>;
