import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { bindings } from "./edge-under-test.ts";

/** A ring of its own for each test. */
const newRing = () => bindings.KEY_RING.getByName(crypto.randomUUID());

const kidsOf = async (ring: ReturnType<typeof newRing>): Promise<unknown[]> =>
  (await ring.publicKeys()).keys.map((key) => ("kid" in key ? key.kid : undefined));

describe("KeyRing", () => {
  it("hands out a private key for ten minutes at most, whose public half is published", async () => {
    const ring = newRing();
    const { kid, privateJwk, keepForSec } = await ring.signingKey();
    expect(keepForSec).toBeGreaterThan(0);
    expect(keepForSec).toBeLessThanOrEqual(600);
    const { keys } = await ring.publicKeys();
    expect(keys).toMatchObject([{ kid, x: privateJwk.x }]);
    expect(keys[0]).not.toHaveProperty("d");
  });

  it("asked again while it makes a key, waits for that one", async () => {
    const ring = newRing();
    // Inside the object, so that all ask before the first await is over.
    const kids = await runInDurableObject(ring, async (instance) => {
      const handed = await Promise.all(Array.from({ length: 8 }, () => instance.signingKey()));
      return handed.map(({ kid }) => kid);
    });
    expect(new Set(kids).size).toBe(1);
    expect(await kidsOf(ring)).toHaveLength(1);
  });

  it("keeps its keys when it is evicted", async () => {
    const ring = newRing();
    const { kid } = await ring.signingKey();
    const tagKey = await ring.addressTagKey();
    await evictDurableObject(ring);
    expect((await ring.signingKey()).kid).toBe(kid);
    expect(await ring.addressTagKey()).toEqual(tagKey);
  });

  it("publishes the next key before the old one's time is over, and goes on signing with the old", async () => {
    const ring = newRing();
    const { kid } = await ring.signingKey();
    await runInDurableObject(ring, (_, state) => {
      const soonMs = Date.now() + 5 * 60_000;
      state.storage.sql.exec("UPDATE signing_key SET signs_until_ms = ?", soonMs);
    });
    const kids = await kidsOf(ring);
    expect(kids).toHaveLength(2);
    expect((await ring.signingKey()).kid).toBe(kid);
  });

  it("forgets a key once no token it signed can be alive", async () => {
    const ring = newRing();
    const { kid } = await ring.signingKey();
    await runInDurableObject(ring, (_, state) => {
      const dayMs = 86_400_000;
      state.storage.sql.exec(
        "INSERT INTO signing_key SELECT 'old', signs_from_ms - ?, signs_until_ms - ? - 1, private_jwk, public_x FROM signing_key",
        2 * dayMs,
        2 * dayMs,
      );
    });
    expect(await kidsOf(ring)).toEqual([kid]);
  });

  it("forgets yesterday's key for address tags", async () => {
    const ring = newRing();
    const { day, key } = await ring.addressTagKey();
    await runInDurableObject(ring, (_, state) => {
      state.storage.sql.exec("UPDATE address_tag_key SET day = '2001-01-01'");
    });
    const today = await ring.addressTagKey();
    expect(today.day).toBe(day);
    expect(today.key).not.toEqual(key);
    const kept = await runInDurableObject(ring, (_, state) =>
      state.storage.sql.exec("SELECT day FROM address_tag_key").toArray(),
    );
    expect(kept).toEqual([{ day }]);
  });
});
