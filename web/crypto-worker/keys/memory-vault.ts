import type { KeyName, KeyVault } from "./key-vault.ts";
import { makeKeyFor, type SigningKey } from "./signing-key.ts";

/** Keys that last as long as the worker: for private windows, and for tests. */
export function createMemoryVault(): KeyVault {
  const keys = new Map<KeyName, Promise<SigningKey>>();
  const take = async (name: KeyName, make: () => Promise<SigningKey>) => {
    // The place is taken before the key is made, so that two who ask at once share it.
    const key = keys.get(name) ?? make();
    keys.set(name, key);
    return { key: await key, kept: false };
  };
  return {
    loadOrMake: (name) => take(name, () => makeKeyFor(name)),
    keep: (name, key) => take(name, () => Promise.resolve(key)),
  };
}
