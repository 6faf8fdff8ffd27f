import { describe, expect, it } from "vitest";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { createIndexedDbVault } from "../../../web/crypto-worker/keys/indexed-db-vault.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import { makeSigningKey, sign } from "../../../web/crypto-worker/keys/signing-key.ts";

// Node has no IndexedDB: to this vault its storage is blocked. Where it is not, a browser test keeps it.
describe.each([
  { name: "memory", make: createMemoryVault },
  { name: "IndexedDB that is blocked", make: () => createIndexedDbVault("profile") },
])("keys in $name", ({ make }) => {
  it("are made once for each name, and said not to last", async () => {
    const vault = make();
    const [first, again, other] = await Promise.all([
      vault.loadOrMake("identity"),
      vault.loadOrMake("identity"),
      make().loadOrMake("identity"),
    ]);
    expect(first.kept).toBe(false);
    expect(again.key.publicKey).toEqual(first.key.publicKey);
    expect(other.key.publicKey).not.toEqual(first.key.publicKey);
  });

  it("sign, and can't be read", async () => {
    const { key } = await make().loadOrMake("identity");
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await verifyEd25519(key.publicKey, await sign(key, bytes), bytes)).toBe(true);
    expect(key.privateKey.extractable).toBe(false);
  });

  it("one that is there already stays when another is brought", async () => {
    const vault = make();
    const [first, second] = [await makeSigningKey(), await makeSigningKey()];
    await vault.keep("identity", first);
    expect((await vault.keep("identity", second)).key.publicKey).toEqual(first.publicKey);
  });
});
