// The one entry of the published package; nothing inside it imports this file.
export type { BaseKey } from "./base-key.ts";
export type { CipherSuite } from "./cipher-suite.ts";
export {
  createReceiver,
  type DecryptedFrame,
  type ReceiverOptions,
  type SframeReceiver,
} from "./create-receiver.ts";
export {
  createSender,
  type EncryptOptions,
  type SenderOptions,
  type SframeSender,
} from "./create-sender.ts";
export { type DecodedHeader, decodeHeader } from "./decode-header.ts";
export { encodeHeader, type HeaderFields } from "./encode-header.ts";
export type {
  DecryptFailure,
  EncryptFailure,
  HeaderFailure,
  OversizeFailure,
  SframeFailure,
} from "./failure.ts";
export type { Result } from "./result.ts";
export type { Uint64 } from "./uint64.ts";
