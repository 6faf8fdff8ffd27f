import { beforeAll, describe, expect, it } from "vitest";
import { concat } from "../../../protocol/bytes.ts";
import {
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  makeCall,
} from "../../unit/mls/group-fixture.ts";
import { parentNode, withTree } from "../group-info-tree.ts";

describe("found by fuzzing: a GroupInfo's tree", () => {
  let call: Call;
  let groupInfo: Bytes;
  beforeAll(async () => {
    call = await makeCall(3);
    groupInfo = await engine.groupInfo(at(call.groups, 0));
  });
  const inspect = async (bytes: Bytes) =>
    codeOf(await engine.inspectGroupInfo({ ...call.room, groupInfo: bytes, policyFloor: 0 }));

  it("[MLS-9] is taken as it was", async () => {
    expect(await inspect(withTree(groupInfo, (nodes) => nodes))).toBe("passed");
  });

  it("[MLS-9] with thousands of blank nodes is not read further: hashing them took 150 ms", async () => {
    // Up to 128 leaves it is a tree, though not the one that was signed.
    const withBlanks = (blanks: number) =>
      withTree(groupInfo, (nodes) => concat(nodes, new Uint8Array(blanks), parentNode()));
    expect(await inspect(withBlanks(244))).toBe("group-info-invalid");
    expect(await inspect(withBlanks(40_000))).toBe("group-info-malformed");
  });

  it("[MLS-9] that names an unmerged leaf twice is not read further", async () => {
    const withUnmerged = (...leaves: readonly number[]) =>
      withTree(groupInfo, (nodes) => concat(nodes, Uint8Array.of(0, 0), parentNode(leaves)));
    expect(await inspect(withUnmerged(0, 1))).toBe("group-info-invalid");
    expect(await inspect(withUnmerged(1, 1))).toBe("group-info-malformed");
    expect(await inspect(withUnmerged(1, 0))).toBe("group-info-malformed");
  });

  it("[MLS-9] with bytes behind it is another spelling", async () => {
    expect(await inspect(withTree(groupInfo, (nodes) => nodes, 1))).toBe("group-info-malformed");
  });
});
