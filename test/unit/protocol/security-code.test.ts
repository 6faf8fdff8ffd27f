import { describe, expect, it } from "vitest";
import { toBase64Url, utf8 } from "../../../protocol/bytes.ts";
import type { Epoch, GroupId, LeafIndex, RoomId } from "../../../protocol/ids.ts";
import {
  codeBytes,
  codeCommitBytes,
  codeOf,
  type CodePart,
} from "../../../protocol/security-code.ts";

const run = {
  roomId: "AAAAAAAAAAAAAAAAAAAAAA" as RoomId,
  groupId: "AQAAAAAAAAAAAAAAAAAAAA" as GroupId,
  epoch: 5 as Epoch,
};
const filled = (byte: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(byte);
const part = (leaf: number): CodePart => ({
  leaf: leaf as LeafIndex,
  identityKey: filled(leaf + 0x10),
  nonce: filled(leaf + 0xa0),
});
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const hmac = async (key: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>) => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes));
};

describe("the bytes of the security code", () => {
  it("[MAC-2] a commit is over label, room, group, epoch, leaf, identity and nonce, in this order", () => {
    expect(hex(codeCommitBytes(run, part(1)))).toBe(
      [
        "87",
        `74${hex(utf8("sotto code commit v1"))}`,
        `76${hex(utf8(run.roomId))}`,
        `76${hex(utf8(run.groupId))}`,
        "05",
        "01",
        `5820${"11".repeat(32)}`,
        `5820${"a1".repeat(32)}`,
      ].join(""),
    );
  });

  it("[MAC-3] [VERIFY-4] the code is over everybody's part in the order of leaves, whoever writes it", () => {
    const parts = [part(0), part(1), part(4)];
    const bytes = codeBytes(run, parts);
    expect(codeBytes(run, parts.toReversed())).toEqual(bytes);
    expect(hex(bytes)).toBe(
      [
        "85",
        `6d${hex(utf8("sotto code v1"))}`,
        `76${hex(utf8(run.roomId))}`,
        `76${hex(utf8(run.groupId))}`,
        "05",
        "83",
        ...[0, 1, 4].map(
          (leaf) => `830${leaf}5820${hex(filled(leaf + 0x10))}5820${hex(filled(leaf + 0xa0))}`,
        ),
      ].join(""),
    );
  });

  it("[VERIFY-5] the vector of the specification", async () => {
    const key = filled(7);
    const commit = await hmac(key, codeCommitBytes(run, part(0)));
    expect(toBase64Url(commit)).toBe("6JYbVxUIt7p30MJ3u68AL8tpRRGVbv5wovMWT9BQBtM");
    const mac = await hmac(key, codeBytes(run, [part(0), part(1)]));
    expect(toBase64Url(mac)).toBe("BzDzCoqAto3_9etoZd9uHOUHYLvRKcn3_BzPHdhf3fY");
    expect(codeOf(mac)).toEqual({
      signs: [239, 126, 265, 8, 103, 239],
      digits: "104476706197604144095931915766",
    });
  });

  it("[VERIFY-5] signs and digits come from different halves, leading zeros kept", () => {
    const zero = new Uint8Array(32);
    expect(codeOf(zero)).toEqual({ signs: [0, 0, 0, 0, 0, 0], digits: "0".repeat(30) });
    const low = zero.slice();
    low[15] = 2;
    expect(codeOf(low)).toEqual({ signs: [0, 0, 0, 0, 0, 2], digits: "0".repeat(30) });
    const carried = zero.slice();
    new DataView(carried.buffer).setUint16(14, 333);
    carried[31] = 9;
    expect(codeOf(carried)).toEqual({ signs: [0, 0, 0, 0, 1, 0], digits: `${"0".repeat(29)}9` });
    expect(codeOf(new Uint8Array(32).fill(0xff)).signs.every((sign) => sign < 333)).toBe(true);
  });

  it.each([0, 31, 33])("a MAC of %i bytes is a mistake", (length) => {
    expect(() => codeOf(new Uint8Array(length))).toThrow("expected 32 bytes");
  });
});
