import { beforeAll, describe, expect, it } from "vitest";
import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import { createProposal } from "ts-mls/createMessage.js";
import { encodeMlsMessage } from "ts-mls/message.js";
import type { Proposal } from "ts-mls/proposal.js";
import { utf8 } from "../../../protocol/bytes.ts";
import { encodeCbor } from "../../../protocol/cbor.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { secretsOf } from "../../../web/crypto-worker/mls/group.ts";
import { suiteOne } from "../../../web/crypto-worker/mls/ts-mls-adapter.ts";
import { forgeMemberCommit, libraryAccepts, removeProposal } from "./forge.ts";
import {
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  makeCall,
  makePerson,
  makeSelf,
} from "./group-fixture.ts";

let call: Call;
let attacker: MlsGroup;
let judge: MlsGroup;
beforeAll(async () => {
  call = await makeCall(4);
  attacker = at(call.groups, 1);
  judge = at(call.groups, 0);
});

const verdict = async (commit: Bytes): Promise<string> =>
  codeOf(await engine.judgeCommit(judge, commit));

describe("an update", () => {
  it("[MLS-6] that takes another member's credential is refused, though ts-mls takes it", async () => {
    const identity = at(judge.members, 2).credential;
    const commit = await forgeMemberCommit(attacker, {
      changeLeaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity } }),
    });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-changed");
  });

  it("[MLS-6] that changes its own DTLS fingerprint is refused: only a resync may", async () => {
    const { credential: identity } = await makeSelf(call.room, at(call.people, 1), 99);
    const commit = await forgeMemberCommit(attacker, {
      changeLeaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity } }),
    });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-changed");
  });

  it("[MLS-6] that changes what its leaf can do is refused", async () => {
    const commit = await forgeMemberCommit(attacker, {
      changeLeaf: (leaf) => ({
        ...leaf,
        capabilities: { ...leaf.capabilities, extensions: [0xf50c, 0xf50e] },
      }),
    });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-changed");
  });

  it("[MLS-6] that changes its signature key is refused", async () => {
    const { identity } = await makePerson();
    const suite = await suiteOne(identity.privateKey);
    const { signature } = secretsOf(attacker).suite;
    // The leaf is signed by the new key, the message still by the old.
    let signed = 0;
    const commit = await forgeMemberCommit(
      {
        ...attacker,
        secrets: {
          ...secretsOf(attacker),
          suite: {
            ...secretsOf(attacker).suite,
            signature: {
              ...signature,
              sign: (key: Uint8Array, message: Uint8Array) => {
                signed += 1;
                return signed === 1
                  ? suite.signature.sign(key, message)
                  : signature.sign(key, message);
              },
            },
          },
        } as unknown as MlsGroup["secrets"],
      },
      { changeLeaf: (leaf) => ({ ...leaf, signaturePublicKey: identity.publicKey }) },
    );
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("leaf-changed");
  });

  it("[MLS-7] with authenticated data nobody knows is refused", async () => {
    for (const authenticatedData of [
      utf8("hello"),
      encodeCbor(new Map([[1, "kick"]])),
      encodeCbor(
        new Map([
          [1, "gone"],
          [2, "x"],
        ]),
      ),
    ]) {
      const commit = await forgeMemberCommit(attacker, { authenticatedData });
      expect(await libraryAccepts(judge, commit)).toBe(true);
      expect(await verdict(commit)).toBe("authenticated-data-unknown");
    }
  });

  it("[MLS-7] in a PublicMessage is refused", async () => {
    const commit = await forgeMemberCommit(attacker, { isPublic: true });
    expect(await verdict(commit)).toBe("framing-refused");
  });
});

describe("proposals of a member's commit", () => {
  const verdictOn = async (proposals: readonly Proposal[], psks = {}): Promise<string> =>
    verdict(await forgeMemberCommit(attacker, { proposals, psks }));

  it("[MLS-7] an Add is refused, though ts-mls takes it", async () => {
    const person = await makePerson();
    const self = await makeSelf(call.room, person);
    const suite = await suiteOne(person.identity.privateKey);
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
      suite,
    );
    const proposals: Proposal[] = [{ proposalType: "add", add: { keyPackage } }];
    expect(await libraryAccepts(judge, await forgeMemberCommit(attacker, { proposals }))).toBe(
      true,
    );
    expect(await verdictOn(proposals)).toBe("proposal-refused");
  });

  it("[MLS-7] a pre-shared key is refused", async () => {
    const preSharedKeyId = {
      psktype: "external",
      pskId: utf8("id"),
      pskNonce: new Uint8Array(32),
    } as const;
    const proposals: Proposal[] = [{ proposalType: "psk", psk: { preSharedKeyId } }];
    const psks = { [btoa("id")]: new Uint8Array(32) };
    expect(await verdictOn(proposals, psks)).toBe("proposal-refused");
  });

  it("[MLS-7] a ReInit is refused", async () => {
    const proposals: Proposal[] = [
      {
        proposalType: "reinit",
        reinit: {
          groupId: new Uint8Array(16),
          version: "mls10",
          cipherSuite: secretsOf(attacker).suite.name,
          extensions: [],
        },
      },
    ];
    expect(await verdictOn(proposals)).toBe("proposal-refused");
  });

  it("[MLS-7] a proposal type nobody knows is refused, though ts-mls takes it", async () => {
    const proposals: Proposal[] = [{ proposalType: 0xf001, proposalData: utf8("x") }];
    const commit = await forgeMemberCommit(attacker, { proposals });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdictOn(proposals)).toBe("proposal-refused");
  });

  it("[MLS-1] a proposal by reference is refused", async () => {
    const { state, suite } = secretsOf(attacker);
    const proposed = await createProposal(state, false, removeProposal(2), suite);
    const commit = await forgeMemberCommit(attacker, { changeState: () => proposed.newState });
    expect(await verdict(commit)).toBe("proposal-by-reference");
    // The proposal itself is no commit either.
    const proposal = new Uint8Array(encodeMlsMessage(proposed.message));
    expect(await verdict(proposal)).toBe("framing-refused");
  });
});

describe("a Remove", () => {
  it("[MLS-3] by a plain member without a reason is refused, though ts-mls takes it", async () => {
    const commit = await forgeMemberCommit(attacker, { proposals: [removeProposal(2)] });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(await verdict(commit)).toBe("removal-not-allowed");
    expect(codeOf(await engine.judgeCommit(at(call.groups, 2), commit))).toBe(
      "removal-not-allowed",
    );
    expect(codeOf(await engine.commitKick(attacker, [at(call.groups, 2).ownLeaf]))).toBe(
      "removal-not-allowed",
    );
  });

  it("[MLS-5] of oneself or of a leaf nobody has is not made", async () => {
    const nobody = 9 as MlsGroup["ownLeaf"];
    for (const leaves of [[attacker.ownLeaf], [nobody]]) {
      expect(codeOf(await engine.commitRemoveGone(attacker, leaves))).toBe("removal-not-allowed");
    }
  });
});
