import type { CallCrypto } from "./call-crypto.ts";
import type { FrameTransform } from "./frame-transforms.ts";
import type { MediaHandle } from "./peer-link.ts";

/** What the page asks of the crypto worker by message. `onLost` is the page's own to notice. */
export type CryptoMethod = Exclude<keyof CallCrypto, "onLost">;

type MethodRequest = {
  [Method in CryptoMethod]: {
    readonly type: "call";
    readonly id: number;
    readonly method: Method;
    readonly given: Parameters<CallCrypto[Method]>;
  };
}[CryptoMethod];

export type CryptoRequest =
  /** Answered in the order asked. */
  | MethodRequest
  /** Answered at once, whatever the group is busy with. */
  | { readonly type: "counts"; readonly id: number; readonly transform: FrameTransform }
  /** Answered at once: a worker that answers lives. */
  | { readonly type: "probe"; readonly id: number }
  /** createEncodedStreams, where RTCRtpScriptTransform is missing; the streams are transferred. Not answered. */
  | {
      readonly type: "streams";
      readonly transform: FrameTransform;
      readonly readable: MediaHandle;
      readonly writable: MediaHandle;
    };

export type CryptoReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  /** A mistake of the page's; what a peer or the room did is in the value. `reason` names no secret. */
  | { readonly id: number; readonly ok: false; readonly reason: string };
