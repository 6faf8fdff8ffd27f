import { describe, expect, it } from "vitest";
import { addressTag, networkOf } from "../../../workers/http/address-tag.ts";

describe("address tags", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    [null, "unknown"],
    ["", "unknown"],
    ["1:2:3", "unknown"],
    ["1::2::3", "unknown"],
    ["1:2:3:4:5:6:7:8:9", "unknown"],
    ["1:2:3:4:5:6:7::8", "unknown"],
    ["g::1", "unknown"],
    ["rubbish", "unknown"],
  ])("%s is of the network %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  const key = new Uint8Array(32).fill(7);

  it("is HMAC-SHA-256 of the network under the key of the day, eight bytes of it", async () => {
    // printf 192.0.2.7 | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…
    expect(await addressTag(key, "192.0.2.7")).toBe("Rw6Q6pIYsus");
  });

  it("is one for a whole /64, and another under another key", async () => {
    const tag = await addressTag(key, "2001:db8:1:2::1");
    expect(await addressTag(key, "2001:db8:1:2:ffff::2")).toBe(tag);
    expect(await addressTag(key, "2001:db8:1:3::1")).not.toBe(tag);
    expect(await addressTag(new Uint8Array(32), "2001:db8:1:2::1")).not.toBe(tag);
  });
});
