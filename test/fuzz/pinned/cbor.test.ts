import { describe, expect, it } from "vitest";
import { type CborValue, decodeCbor, encodeCbor } from "../../../protocol/cbor.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { type GroupPolicy, groupPolicyCodec } from "../../../protocol/policy.ts";
import { makePolicy, makeRoom } from "../../unit/mls/group-fixture.ts";

const MALFORMED = { ok: false, error: { code: "cbor-malformed" } };
const listOf = (length: number, item: CborValue = 0) =>
  encodeCbor(Array.from({ length }, () => item));

describe("found by fuzzing: CBOR", () => {
  it.each<[string, CborValue]>([
    ["one byte each", 0],
    ["of two bytes each", new Uint8Array(1)],
    ["in lists of their own", []],
  ])(
    "[CBOR-2] more than 4,096 items, %s, are not read: millions of them took 139 ms",
    (_, item) => {
      expect(decodeCbor(listOf(4_095, item)).ok).toBe(true);
      expect(decodeCbor(listOf(4_096, item))).toEqual(MALFORMED);
    },
  );

  it("[CBOR-2] the longest policy has fewer", async () => {
    const room = await makeRoom();
    const ban = { identityKey: new Uint8Array(32), memberId: "AAAAAAAAAAAAAAAAAAAAAA" };
    const bans = Array.from({ length: LIMITS.bans }, () => ban) as unknown as GroupPolicy["bans"];
    const roles = Array.from({ length: LIMITS.roles }, () => ({
      identityKey: new Uint8Array(32),
      role: "host" as const,
      delegationSerial: 0,
    }));
    const encoded = groupPolicyCodec.encode(makePolicy(room, { bans, roles }));
    expect(encoded.length).toBeLessThan(LIMITS.policyBytes);
    expect(groupPolicyCodec.decode(encoded).ok).toBe(true);
  });

  it.each([
    ["a byte order mark in front, which a reader drops", "\ufeffv=0"],
    ["half a character, which a reader replaces", "\ud83d"],
  ])("[CBOR-1] text with %s is not written", (_, text) => {
    expect(() => encodeCbor(text)).toThrow("expected Unicode without a byte order mark");
  });
});
