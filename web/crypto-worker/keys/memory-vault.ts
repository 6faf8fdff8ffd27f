import type { KeyName, KeyVault, RecordName } from "./key-vault.ts";
import { makeKeyFor } from "./make-key.ts";
import type { SigningKey } from "./signing-key.ts";

/** Keys that last as long as the worker: for private windows, and for tests. */
export function createMemoryVault(): KeyVault {
  const keys = new Map<KeyName, Promise<SigningKey>>();
  const records = new Map<RecordName, Uint8Array<ArrayBuffer>>();
  const take = async (name: KeyName, make: () => Promise<SigningKey>) => {
    // The place is taken before the key is made, so that two who ask at once share it.
    const key = keys.get(name) ?? make();
    keys.set(name, key);
    return { key: await key, kept: false };
  };
  return {
    loadOrMake: (name) => take(name, () => makeKeyFor(name)),
    keep: (name, key) => take(name, () => Promise.resolve(key)),
    find: async (name) => keys.get(name),
    keepRecord: async (name, record) => {
      if (record === undefined) records.delete(name);
      else records.set(name, record);
    },
    findRecord: async (name) => records.get(name),
  };
}
