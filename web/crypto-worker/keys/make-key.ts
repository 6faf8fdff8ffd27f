import type { KeyName } from "./key-vault.ts";
import { makeSigningKey, makeTicketKey, type SigningKey } from "./signing-key.ts";

/** A new key of the kind its name asks for. */
export const makeKeyFor = (name: KeyName): Promise<SigningKey> =>
  name.startsWith("ticket/") ? makeTicketKey() : makeSigningKey();
