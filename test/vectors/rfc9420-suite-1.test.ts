import { describe, expect, it } from "vitest";
import { decryptWithLabel } from "ts-mls/crypto/hpke.js";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js";
import { verifyWithLabel } from "ts-mls/crypto/signature.js";
import { decodeGroupContext } from "ts-mls/groupContext.js";
import { initializeEpoch, mlsExporter } from "ts-mls/keySchedule.js";
import { createSecretTree, deriveKey, deriveNonce, ratchetUntil } from "ts-mls/secretTree.js";
import { suiteOne } from "../../web/crypto-worker/mls/ts-mls-adapter.ts";
import { concat, sha256, utf8 } from "../../protocol/bytes.ts";
import { at } from "../unit/mls/group-fixture.ts";
import vectors from "./rfc9420-suite-1.json" with { type: "json" };

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (from: Uint8Array): string =>
  [...from].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The suite under test is the one the engine hands to ts-mls, with its own signature functions.
const suite = await suiteOne();

describe("RFC 9420 published vectors, suite 1", () => {
  const { cryptoBasics, keySchedule, secretTree } = vectors;

  it("derives secrets by label", async () => {
    const { deriveSecret: plain, deriveTreeSecret: tree, expandWithLabel: expand } = cryptoBasics;
    expect(hex(await deriveSecret(bytes(plain.secret), plain.label, suite.kdf))).toBe(plain.out);
    expect(
      hex(
        await deriveTreeSecret(
          bytes(tree.secret),
          tree.label,
          tree.generation,
          tree.length,
          suite.kdf,
        ),
      ),
    ).toBe(tree.out);
    expect(
      hex(
        await expandWithLabel(
          bytes(expand.secret),
          expand.label,
          bytes(expand.context),
          expand.length,
          suite.kdf,
        ),
      ),
    ).toBe(expand.out);
  });

  it("opens what HPKE sealed under a label, and nothing under another", async () => {
    const { label, context, kemOutput, ciphertext, plaintext, priv } =
      cryptoBasics.encryptWithLabel;
    const key = await suite.hpke.importPrivateKey(bytes(priv));
    const open = (under: string): Promise<Uint8Array> =>
      decryptWithLabel(key, under, bytes(context), bytes(kemOutput), bytes(ciphertext), suite.hpke);
    expect(hex(await open(label))).toBe(plaintext);
    await expect(open("another")).rejects.toThrow(/OpenError/);
  });

  it("verifies signatures by label, and none over other content", async () => {
    const { pub, label, content, signature } = cryptoBasics.signWithLabel;
    const verify = (over: Uint8Array): Promise<boolean> =>
      verifyWithLabel(bytes(pub), label, over, bytes(signature), suite.signature);
    expect(await verify(bytes(content))).toBe(true);
    expect(await verify(new Uint8Array(32))).toBe(false);
  });

  it("runs the key schedule over two epochs", async () => {
    let initSecret: Uint8Array = bytes(keySchedule.initialInitSecret);
    for (const epoch of keySchedule.epochs) {
      const context = decodeGroupContext(bytes(epoch.groupContext), 0)?.[0];
      if (context === undefined) throw new Error("expected a GroupContext");
      const commitSecret = bytes(epoch.commitSecret);
      const pskSecret = bytes(epoch.pskSecret);
      const made = await initializeEpoch(initSecret, commitSecret, context, pskSecret, suite.kdf);
      const external = await suite.hpke.deriveKeyPair(made.keySchedule.externalSecret);
      expect({
        joinerSecret: hex(made.joinerSecret),
        encryptionSecret: hex(made.encryptionSecret),
        initSecret: hex(made.keySchedule.initSecret),
        senderDataSecret: hex(made.keySchedule.senderDataSecret),
        exporterSecret: hex(made.keySchedule.exporterSecret),
        externalSecret: hex(made.keySchedule.externalSecret),
        confirmationKey: hex(made.keySchedule.confirmationKey),
        membershipKey: hex(made.keySchedule.membershipKey),
        externalPub: hex(await suite.hpke.exportPublicKey(external.publicKey)),
      }).toEqual({
        joinerSecret: epoch.joinerSecret.toLowerCase(),
        encryptionSecret: epoch.encryptionSecret.toLowerCase(),
        initSecret: epoch.initSecret.toLowerCase(),
        senderDataSecret: epoch.senderDataSecret.toLowerCase(),
        exporterSecret: epoch.exporterSecret.toLowerCase(),
        externalSecret: epoch.externalSecret.toLowerCase(),
        confirmationKey: epoch.confirmationKey.toLowerCase(),
        membershipKey: epoch.membershipKey.toLowerCase(),
        externalPub: epoch.externalPub.toLowerCase(),
      });
      ({ initSecret } = made.keySchedule);
    }
  });

  it("exports as §8.5 says, by HKDF written out anew", async () => {
    // No published value at hand: the second opinion is the formula itself on WebCrypto's HMAC.
    const expandWithLabelAnew = async (
      secret: Uint8Array<ArrayBuffer>,
      label: string,
      context: Uint8Array<ArrayBuffer>,
    ): Promise<Uint8Array<ArrayBuffer>> => {
      const name = utf8(`MLS 1.0 ${label}`);
      const info = concat(
        new Uint8Array([0, 32, name.length]),
        name,
        new Uint8Array([context.length]),
        context,
      );
      const algorithm = { name: "HMAC", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
      // 32 bytes are one block of HKDF-Expand: T(1) = HMAC(secret, info ‖ 1).
      const block = concat(info, new Uint8Array([1]));
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, block));
    };
    const exporterSecret = bytes(at(keySchedule.epochs, 0).exporterSecret);
    const context = utf8("exporter context");
    const derived = await expandWithLabelAnew(exporterSecret, "sotto fork v1", new Uint8Array());
    const expected = await expandWithLabelAnew(derived, "exported", await sha256(context));
    const exported = await mlsExporter(exporterSecret, "sotto fork v1", context, 32, suite);
    expect(hex(exported)).toBe(hex(expected));
  });

  it("gives each leaf its message keys, generation by generation", async () => {
    const { leafCount, encryptionSecret, leaves } = secretTree;
    const tree = await createSecretTree(leafCount, bytes(encryptionSecret), suite.kdf);
    const retention = {
      retainKeysForGenerations: 32,
      retainKeysForEpochs: 4,
      maximumForwardRatchetSteps: 32,
    };
    for (const expected of leaves) {
      const node = tree[expected.leaf * 2];
      if (node === undefined) throw new Error("expected a leaf");
      const keysOf = async (ratchet: typeof node.application): Promise<readonly string[]> => {
        const { generation } = expected;
        const [ratcheted] = await ratchetUntil(ratchet, generation, retention, suite.kdf);
        return [
          hex(await deriveKey(ratcheted.secret, generation, suite)),
          hex(await deriveNonce(ratcheted.secret, generation, suite)),
        ];
      };
      expect(await keysOf(node.application)).toEqual([
        expected.applicationKey,
        expected.applicationNonce,
      ]);
      expect(await keysOf(node.handshake)).toEqual([
        expected.handshakeKey,
        expected.handshakeNonce,
      ]);
    }
  });
});
