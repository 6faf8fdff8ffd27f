import { DurableObject } from "cloudflare:workers";
import { toBase64Url } from "../protocol/bytes.ts";
import { dayOf, type KeyTimes, planRotation, ROTATION } from "./key-rotation.ts";
import type { KeyRingRpc } from "./rpc.ts";

type KeyRow = {
  readonly kid: string;
  readonly signs_from_ms: number;
  readonly signs_until_ms: number;
  readonly private_jwk: string;
  readonly public_x: string;
};

type StoredKey = KeyTimes & { readonly privateJwk: JsonWebKey; readonly publicX: string };

/** The one name under which the deployment's ring is found. */
export const KEY_RING_NAME = "keys";

/**
 * Makes, keeps and rotates what the edge signs with, so that an operator sets no secret.
 *
 * One object per deployment. It is asked at most every few minutes by an isolate, and does its
 * rotating when asked: no alarm keeps an idle deployment awake.
 */
export class KeyRing extends DurableObject implements KeyRingRpc {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS signing_key (
        kid TEXT PRIMARY KEY,
        signs_from_ms INTEGER NOT NULL,
        signs_until_ms INTEGER NOT NULL,
        private_jwk TEXT NOT NULL,
        public_x TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS address_tag_key (day TEXT PRIMARY KEY, key BLOB NOT NULL);
    `);
  }

  async signingKey(): ReturnType<KeyRingRpc["signingKey"]> {
    const nowMs = Date.now();
    const { kid, privateJwk, signsUntilMs } = await this.#rotated(nowMs);
    const remainingSec = Math.ceil((signsUntilMs - nowMs) / 1000);
    return {
      kid,
      privateJwk,
      keepForSec: Math.max(1, Math.min(ROTATION.handedOutForSec, remainingSec)),
    };
  }

  async publicKeys(): ReturnType<KeyRingRpc["publicKeys"]> {
    await this.#rotated(Date.now());
    return {
      keys: this.#storedKeys().map(({ kid, publicX }) => ({
        kty: "OKP",
        crv: "Ed25519",
        x: publicX,
        kid,
        alg: "EdDSA",
        use: "sig",
      })),
    };
  }

  async addressTagKey(): ReturnType<KeyRingRpc["addressTagKey"]> {
    const day = dayOf(Date.now());
    // Yesterday's key goes with its day: what was tagged under it can be linked by nobody.
    this.#sql.exec("DELETE FROM address_tag_key WHERE day <> ?", day);
    this.#sql.exec(
      "INSERT OR IGNORE INTO address_tag_key (day, key) VALUES (?, ?)",
      day,
      crypto.getRandomValues(new Uint8Array(32)),
    );
    const row = this.#sql
      .exec<{ key: ArrayBuffer }>("SELECT key FROM address_tag_key WHERE day = ?", day)
      .one();
    return { day, key: new Uint8Array(row.key) };
  }

  /** Brings the ring up to date and answers the key that signs now. */
  async #rotated(nowMs: number): Promise<StoredKey> {
    const plan = planRotation(this.#storedKeys(), nowMs);
    if (plan.make === undefined && plan.signing !== undefined) {
      this.#keepOnly(plan.kept);
      return this.#storedKey(plan.signing.kid);
    }
    // Making a key takes time, in which no second call may find none and make another.
    return await this.ctx.blockConcurrencyWhile(async () => {
      const again = planRotation(this.#storedKeys(), nowMs);
      const made = again.make === undefined ? undefined : await makeKey(again.make);
      this.ctx.storage.transactionSync(() => {
        this.#keepOnly(again.kept);
        if (made !== undefined) this.#insert(made);
      });
      const signing = again.signing?.kid ?? made?.kid;
      if (signing === undefined) throw new Error("the rotation left no key to sign with");
      return this.#storedKey(signing);
    });
  }

  #keepOnly(kept: readonly KeyTimes[]): void {
    const stored = this.#storedKeys();
    for (const { kid, signsUntilMs } of stored) {
      const key = kept.find((entry) => entry.kid === kid);
      if (key === undefined) this.#sql.exec("DELETE FROM signing_key WHERE kid = ?", kid);
      else if (key.signsUntilMs !== signsUntilMs) {
        this.#sql.exec(
          "UPDATE signing_key SET signs_until_ms = ? WHERE kid = ?",
          key.signsUntilMs,
          kid,
        );
      }
    }
  }

  #insert(key: StoredKey): void {
    this.#sql.exec(
      "INSERT INTO signing_key (kid, signs_from_ms, signs_until_ms, private_jwk, public_x) VALUES (?, ?, ?, ?, ?)",
      key.kid,
      key.signsFromMs,
      key.signsUntilMs,
      JSON.stringify(key.privateJwk),
      key.publicX,
    );
  }

  #storedKeys(): StoredKey[] {
    return this.#sql
      .exec<KeyRow>("SELECT * FROM signing_key ORDER BY signs_from_ms")
      .toArray()
      .map((row) => ({
        kid: row.kid,
        signsFromMs: row.signs_from_ms,
        signsUntilMs: row.signs_until_ms,
        privateJwk: JSON.parse(row.private_jwk),
        publicX: row.public_x,
      }));
  }

  #storedKey(kid: string): StoredKey {
    const key = this.#storedKeys().find((entry) => entry.kid === kid);
    if (key === undefined) throw new Error("the ring lost a key it had just kept");
    return key;
  }
}

async function makeKey(times: Omit<KeyTimes, "kid">): Promise<StoredKey> {
  // Isolates sign by themselves, so the key must be able to leave this object.
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("Ed25519: expected a pair of keys");
  const exported = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (exported instanceof ArrayBuffer) throw new Error("JWK: expected an object");
  const { kty, crv, x, d } = exported;
  if (x === undefined || d === undefined || crv === undefined) {
    throw new Error("JWK: expected an Ed25519 private key");
  }
  const kid = toBase64Url(crypto.getRandomValues(new Uint8Array(12)));
  return { ...times, kid, publicX: x, privateJwk: { kty, crv, x, d } };
}
