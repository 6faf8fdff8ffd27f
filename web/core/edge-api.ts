import type { CreateRoomBody, TokenAnswer, TokenRequestBody } from "../../protocol/http.ts";
import type { FailureCode } from "../../protocol/failure-codes.ts";
import type { RoomId } from "../../protocol/ids.ts";
import type { Result } from "../../protocol/result.ts";

/** A refusal by the edge, or no answer at all. */
export type EdgeFailure = {
  readonly code: FailureCode | "edge-unreachable" | "edge-answer-malformed";
  /** The server's clock, with `proof-expired`. */
  readonly timeSec?: number | undefined;
  readonly retryAfterSec?: number | undefined;
};

/** The routes of SPEC HTTP-*. */
export type EdgeApi = {
  readonly createRoom: (
    body: CreateRoomBody,
  ) => Promise<Result<{ readonly roomId: string }, EdgeFailure>>;
  readonly requestToken: (
    roomId: RoomId,
    body: TokenRequestBody,
  ) => Promise<Result<TokenAnswer, EdgeFailure>>;
};
