import type { FailureCode } from "../protocol/failure-codes.ts";
import type { MemberId, RoomId } from "../protocol/ids.ts";
import type { Result } from "../protocol/result.ts";
import type { Access } from "./room/door.ts";
import type { ShownRole } from "./room/door-in-force.ts";

/** What the edge asks of a room object, by RPC. All it hands over has been verified by the edge. */
export type RoomRpc = {
  /** Makes the room, or finds it made alike, or by another body. */
  readonly createRoom: (room: {
    readonly roomId: RoomId;
    readonly hostPublicKey: Uint8Array<ArrayBuffer>;
    readonly accessHash: Uint8Array<ArrayBuffer>;
    readonly doorPolicy: Uint8Array<ArrayBuffer>;
    readonly sealedPolicy: Uint8Array<ArrayBuffer>;
  }) => Promise<"made" | "same" | "other">;
  /** Whether this access value opens the room, and as whom this member enters. `proofHash` is refused a second time. */
  readonly checkAccess: (request: {
    readonly accessHash: Uint8Array<ArrayBuffer>;
    readonly memberId: MemberId;
    /** What a verified host proof shows. */
    readonly shown: ShownRole | undefined;
    readonly proofHash: Uint8Array<ArrayBuffer>;
    readonly proofExpiresAtSec: number;
  }) => Promise<
    Result<
      Access,
      {
        readonly code: FailureCode &
          (
            | "room-unknown"
            | "access-wrong"
            | "link-replaced"
            | "delegation-withdrawn"
            | "banned"
            | "proof-replayed"
          );
      }
    >
  >;
};

/** Request headers by which the edge tells the room who upgrades. The edge removes whatever a client sent under these names. */
export const SOCKET_HEADERS = {
  memberId: "x-sotto-member",
  role: "x-sotto-role",
  /** Serial of the delegation shown, 0 for the host key; not there where none was shown. */
  delegation: "x-sotto-delegation",
  jti: "x-sotto-jti",
  addressTag: "x-sotto-address-tag",
} as const;

/** What the edge asks of the KeyRing object, by RPC. */
export type KeyRingRpc = {
  /** The key tokens are signed with now, for an isolate to keep for at most `keepForSec`. */
  readonly signingKey: () => Promise<{
    readonly kid: string;
    readonly privateJwk: JsonWebKey;
    readonly keepForSec: number;
  }>;
  /** All public keys whose tokens may still be valid, and the next one, as a JWKS (RFC 7517). */
  readonly publicKeys: () => Promise<{ readonly keys: readonly JsonWebKey[] }>;
  /** The key of the day for address tags: HMAC-SHA-256, raw. */
  readonly addressTagKey: () => Promise<{
    readonly day: string;
    readonly key: Uint8Array<ArrayBuffer>;
  }>;
};
