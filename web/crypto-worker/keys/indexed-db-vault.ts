import type { KeptKey, KeyName, KeyVault, RecordName } from "./key-vault.ts";
import { createMemoryVault } from "./memory-vault.ts";
import { makeKeyFor } from "./make-key.ts";
import type { SigningKey } from "./signing-key.ts";

const STORE = "keys";
const DATABASE_VERSION = 1;

/**
 * Keys in IndexedDB, private halves as non-extractable handles.
 *
 * Where the database can't be opened or written (a private window, a full disk, a policy), keys are
 * held in memory instead, and said to be.
 */
export function createIndexedDbVault(profile: string | undefined): KeyVault {
  const memory = createMemoryVault();
  const databaseName = profile === undefined ? "sotto-keys" : `sotto-keys-${profile}`;

  /** What the database answers, or what memory does where there is no database. */
  async function ask<Answer>(
    database: (opened: IDBDatabase) => Promise<Answer>,
    otherwise: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      const opened = await openDatabase(databaseName);
      try {
        return await database(opened);
      } finally {
        opened.close();
      }
    } catch {
      return otherwise();
    }
  }

  const keepOrLoad = (name: KeyName, key: SigningKey | undefined): Promise<KeptKey> =>
    ask(
      async (database) => {
        const found = await read(database, name);
        const kept =
          found ?? (await addUnlessThere(database, name, key ?? (await makeKeyFor(name))));
        return { key: kept, kept: true };
      },
      () => (key === undefined ? memory.loadOrMake(name) : memory.keep(name, key)),
    );

  return {
    loadOrMake: (name) => keepOrLoad(name, undefined),
    keep: (name, key) => keepOrLoad(name, key),
    find: async (name) =>
      (await ask(
        (database) => read(database, name),
        () => Promise.resolve(undefined),
      )) ?? memory.find(name),
    keepRecord: (name, record) =>
      ask(
        (database) => writeRecord(database, name, record),
        () => memory.keepRecord(name, record),
      ),
    findRecord: async (name) =>
      (await ask(
        (database) => readRecord(database, name),
        () => Promise.resolve(undefined),
      )) ?? memory.findRecord(name),
  };
}

const openDatabase = (name: string): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, DATABASE_VERSION);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore(STORE);
    });
    request.addEventListener("success", () => {
      resolve(request.result);
    });
    request.addEventListener("error", () => {
      reject(request.error ?? new Error("indexedDB: open failed"));
    });
    request.addEventListener("blocked", () => {
      reject(new Error("indexedDB: blocked"));
    });
  });

async function read(database: IDBDatabase, name: KeyName): Promise<SigningKey | undefined> {
  const store = database.transaction(STORE, "readonly").objectStore(STORE);
  return asSigningKey(await answer(store.get(name)));
}

async function readRecord(
  database: IDBDatabase,
  name: RecordName,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const store = database.transaction(STORE, "readonly").objectStore(STORE);
  const found = await answer(store.get(name));
  return found instanceof Uint8Array ? new Uint8Array(found) : undefined;
}

async function writeRecord(
  database: IDBDatabase,
  name: RecordName,
  record: Uint8Array<ArrayBuffer> | undefined,
): Promise<void> {
  const transaction = database.transaction(STORE, "readwrite");
  const done = completion(transaction);
  const store = transaction.objectStore(STORE);
  if (record === undefined) store.delete(name);
  else store.put(record, name);
  await done;
}

/** One transaction reads and writes, so of two tabs that make a key at once both use the first one's. */
async function addUnlessThere(
  database: IDBDatabase,
  name: KeyName,
  key: SigningKey,
): Promise<SigningKey> {
  const transaction = database.transaction(STORE, "readwrite");
  const done = completion(transaction);
  const store = transaction.objectStore(STORE);
  const found = asSigningKey(await answer(store.get(name)));
  if (found === undefined) store.put(key, name);
  await done;
  return found ?? key;
}

const answer = (request: IDBRequest<unknown>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => {
      resolve(request.result);
    });
    request.addEventListener("error", () => {
      reject(request.error ?? new Error("indexedDB: request failed"));
    });
  });

const completion = (transaction: IDBTransaction): Promise<void> => {
  const done = new Promise<void>((resolve, reject) => {
    transaction.addEventListener("complete", () => {
      resolve();
    });
    const failed = (): void => {
      reject(transaction.error ?? new Error("indexedDB: transaction failed"));
    };
    transaction.addEventListener("abort", failed);
    transaction.addEventListener("error", failed);
  });
  // A request that throws first would leave this one without a handler.
  done.catch(() => undefined);
  return done;
};

/** A record that is no key pair (written by another version) counts as none. */
function asSigningKey(value: unknown): SigningKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { privateKey, publicKey } = value as Partial<SigningKey>;
  return privateKey instanceof CryptoKey && publicKey instanceof Uint8Array
    ? { privateKey, publicKey }
    : undefined;
}
