import { beforeAll, describe, expect, it } from "vitest";
import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import { utf8 } from "../../../protocol/bytes.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import {
  apply,
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  expectOk,
  exporterValue,
  makeCall,
  makePerson,
  makeSelf,
} from "./group-fixture.ts";

let call: Call;
let judge: MlsGroup;
let update: Bytes;
let join: Bytes;
beforeAll(async () => {
  call = await makeCall(3);
  judge = at(call.groups, 0);
  update = expectOk(await engine.commitUpdate(at(call.groups, 1))).commit;
  const self = await makeSelf(call.room, await makePerson());
  const groupInfo = await engine.groupInfo(judge);
  join = expectOk(
    await engine.joinByExternalCommit({ ...call.room, groupInfo, self, policyFloor: 0 }),
  ).commit;
});

const verdict = async (commit: Bytes, by: MlsGroup = judge): Promise<string> =>
  codeOf(await engine.judgeCommit(by, commit));

describe("the epoch of a commit", () => {
  it("[LOG-2] past is refused, replayed or late", async () => {
    const next = await apply(judge, update);
    expect(await verdict(update, next)).toBe("epoch-past");
    expect(await verdict(join, next)).toBe("epoch-past");
  });

  it("[LOG-2] ahead is refused, and leaves the group where it was", async () => {
    const first = expectOk(await engine.commitUpdate(at(call.groups, 1)));
    const second = expectOk(await engine.commitUpdate(first.group));
    const before = await exporterValue(judge);
    expect(await verdict(second.commit)).toBe("epoch-ahead");
    expect(await exporterValue(judge)).toBe(before);
    expect(await verdict(first.commit)).toBe("passed");
  });
});

describe("what is no commit of this group", () => {
  it("[MLS-7] another group's commit is refused", async () => {
    const other = await makeCall(3, { room: call.room, people: call.people });
    const renamed = await makeCall(3);
    const foreign = expectOk(await engine.commitUpdate(at(renamed.groups, 1))).commit;
    expect(await verdict(foreign)).toBe("group-other");
    // The same group id and people, yet other keys: made by somebody who re-made the group.
    const twin = expectOk(await engine.commitUpdate(at(other.groups, 1))).commit;
    expect(await verdict(twin)).toBe("commit-invalid");
  });

  it("[MLS-7] a Welcome, a GroupInfo, a key package and a group message are refused", async () => {
    const person = await makePerson();
    const self = await makeSelf(call.room, person);
    const { suite } = secretsOf(judge);
    const { publicPackage: keyPackage } = await generateKeyPackageWithKey(
      { credentialType: "basic", identity: self.credential },
      {
        versions: ["mls10"],
        ciphersuites: [suite.name],
        extensions: [0xf50c],
        proposals: [],
        credentials: ["basic"],
      },
      { notBefore: 0n, notAfter: 2n ** 63n - 1n },
      [],
      { signKey: new Uint8Array(), publicKey: self.identityKey },
      // Signed by the wrong key; it is refused for being what it is.
      suite,
    );
    const version = "mls10";
    const packageBytes = encodeMlsMessage({ version, wireformat: "mls_key_package", keyPackage });
    expect(await verdict(new Uint8Array(packageBytes))).toBe("framing-refused");
    const invented = encodeMlsMessage({
      version,
      wireformat: "mls_welcome",
      welcome: {
        cipherSuite: keyPackage.cipherSuite,
        secrets: [],
        encryptedGroupInfo: new Uint8Array(32),
      },
    });
    expect(await verdict(new Uint8Array(invented))).toBe("framing-refused");
    expect(await verdict(await engine.groupInfo(judge))).toBe("framing-refused");
    const sent = await engine.encryptApplication(at(call.groups, 1), utf8("hello"));
    expect(await verdict(sent.message)).toBe("framing-refused");
  });
});

describe("damage", () => {
  it.each([
    ["a member's commit", () => update],
    ["an external commit", () => join],
  ])("[MLS-7] %s cut anywhere is refused", async (_name, commit) => {
    const whole = commit();
    expect(await verdict(whole)).toBe("passed");
    for (let length = 0; length < whole.length; length += 7) {
      expect(await verdict(whole.slice(0, length))).toBe("commit-malformed");
    }
    expect(await verdict(new Uint8Array([...whole, 0]))).toBe("commit-malformed");
  });

  it.each([
    ["a member's commit", () => update],
    ["an external commit", () => join],
  ])("[MLS-7] %s with any one bit turned is refused", async (_name, commit) => {
    const whole = commit();
    for (let index = 0; index < whole.length; index += 5) {
      const damaged = whole.slice();
      damaged[index] = (damaged[index] ?? 0) ^ (1 << (index % 8));
      expect(await verdict(damaged)).not.toBe("passed");
    }
  });

  it("[MLS-7] more bytes than a commit may have are refused unread", async () => {
    expect(await verdict(new Uint8Array(LIMITS.commitBytes + 1))).toBe("commit-too-large");
  });
});
