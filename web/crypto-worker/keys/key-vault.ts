import type { RoomId } from "../../../protocol/ids.ts";
import type { SigningKey } from "./signing-key.ts";

/** What a key is kept under: one identity key a profile; a device key, an X25519 ticket key, and at most one host key and one delegate's key a room. */
export type KeyName =
  | "identity"
  | `device/${RoomId}`
  | `ticket/${RoomId}`
  | `host/${RoomId}`
  | `delegate/${RoomId}/${number}`;

/** What is kept besides keys, and is no secret: a room's ticket, the delegation of its host link, whom this device let in. */
export type RecordName = `${"ticket-of" | "delegation" | "admitted"}/${RoomId}`;

/** `kept` is false where the key lasts only as long as the worker. */
export type KeptKey = { readonly key: SigningKey; readonly kept: boolean };

/** Where long-lived keys lie. Never throws for storage that is blocked, full or broken: the key is then held in memory. */
export type KeyVault = {
  /** The key of that name; made if there is none. Two that ask at once, even from two tabs, get the same one. */
  readonly loadOrMake: (name: KeyName) => Promise<KeptKey>;
  /** Keeps a key made elsewhere; one already there under the name stays. */
  readonly keep: (name: KeyName, key: SigningKey) => Promise<KeptKey>;
  /** The key of that name, where there is one. */
  readonly find: (name: KeyName) => Promise<SigningKey | undefined>;
  /** Puts a record in the place of an older one; `undefined` takes it away. */
  readonly keepRecord: (
    name: RecordName,
    record: Uint8Array<ArrayBuffer> | undefined,
  ) => Promise<void>;
  readonly findRecord: (name: RecordName) => Promise<Uint8Array<ArrayBuffer> | undefined>;
};
