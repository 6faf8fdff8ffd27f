import type { RoomId } from "../../../protocol/ids.ts";
import type { SigningKey } from "./signing-key.ts";

/** What a key is kept under: one identity key a profile; a device key, an X25519 ticket key, and at most one host key and one delegate's key a room. */
export type KeyName =
  | "identity"
  | `device/${RoomId}`
  | `ticket/${RoomId}`
  | `host/${RoomId}`
  | `delegate/${RoomId}`;

/** `kept` is false where the key lasts only as long as the worker. */
export type KeptKey = { readonly key: SigningKey; readonly kept: boolean };

/** Where long-lived keys lie. Never throws for storage that is blocked, full or broken: the key is then held in memory. */
export type KeyVault = {
  /** The key of that name; made if there is none. Two that ask at once, even from two tabs, get the same one. */
  readonly loadOrMake: (name: KeyName) => Promise<KeptKey>;
  /** Keeps a key made elsewhere; one already there under the name stays. */
  readonly keep: (name: KeyName, key: SigningKey) => Promise<KeptKey>;
};
