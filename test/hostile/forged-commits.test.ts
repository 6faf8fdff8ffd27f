import type { Proposal } from "ts-mls/proposal.js";
import { generateKeyPackageWithKey } from "ts-mls/keyPackage.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { POLICY_EXTENSION_TYPE } from "../../protocol/policy.ts";
import type { CommitFailureCode, MlsEngine, MlsGroup } from "../../web/core/mls-engine.ts";
import {
  byeData,
  doorData,
  goneData,
} from "../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { byeBoundBytes } from "../../web/crypto-worker/mls/filter/bye.ts";
import { secretsOf } from "../../web/crypto-worker/mls/group.ts";
import { suiteOne } from "../../web/crypto-worker/mls/ts-mls-adapter.ts";
import { expectTogether, expectTogetherSoon } from "../support/call-checks.ts";
import { type CallWorld, createCallWorld } from "../support/call-world.ts";
import {
  enter,
  failures,
  forgingGoodbyes,
  forgingJoins,
  names,
  notingRefusals,
} from "../support/hostile-world.ts";
import {
  forgeExternalCommit,
  forgeMemberCommit,
  type MemberForgery,
  removeProposal,
} from "../unit/mls/forge.ts";
import {
  at,
  makeGroupId,
  makeKeyPair,
  makePerson,
  makePolicy,
  makeSelf,
  sign,
  signPolicy,
} from "../unit/mls/group-fixture.ts";

type JoinOptions = Parameters<MlsEngine["joinByExternalCommit"]>[0];

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

/** A leaf that nobody's browser holds. */
async function ghost(group: MlsGroup): Promise<Proposal> {
  const person = await makePerson();
  const self = await makeSelf(group, person);
  const suite = await suiteOne(person.identity.privateKey);
  const { publicPackage: keyPackage } = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: self.credential },
    {
      versions: ["mls10"],
      ciphersuites: [suite.name],
      extensions: [POLICY_EXTENSION_TYPE],
      proposals: [],
      credentials: ["basic"],
    },
    { notBefore: 0n, notAfter: 2n ** 63n - 1n },
    [],
    { signKey: new Uint8Array(), publicKey: self.identityKey },
    suite,
  );
  return { proposalType: "add", add: { keyPackage } };
}

async function newPolicy(group: MlsGroup): Promise<Proposal> {
  const room = { ...group, hostKey: await makeKeyPair() };
  const { serial } = group.policy;
  const extensionData = await signPolicy(room, makePolicy(room, { serial: serial + 1 }));
  return {
    proposalType: "group_context_extensions",
    groupContextExtensions: {
      extensions: [{ extensionType: POLICY_EXTENSION_TYPE, extensionData }],
    },
  };
}

/** A goodbye of Ada's, as somebody else would have to sign it. */
async function otherGoodbye(group: MlsGroup) {
  const { epoch } = group;
  const ada = at(group.members, 1);
  const signature = await sign(await makeKeyPair(), byeBoundBytes(group, epoch, ada));
  return { epoch, leaf: ada.leaf, signature };
}

describe("commits that only a changed client makes", { timeout: 30_000 }, () => {
  /** Mallory, on the lowest leaf, is to commit Dan's goodbye, and commits something else. */
  async function isRefused(
    code: CommitFailureCode,
    forge: (group: MlsGroup) => Promise<MemberForgery> | MemberForgery,
  ): Promise<void> {
    const codes: string[] = [];
    const mallory = await enter(
      world,
      "Mallory",
      forgingGoodbyes(async (group) => forgeMemberCommit(group, await forge(group))),
    );
    const ada = await enter(world, "Ada");
    const bea = await enter(world, "Bea", notingRefusals(codes));
    const cem = await enter(world, "Cem");
    const dan = await enter(world, "Dan");
    await expectTogether([mallory, ada, bea, cem, dan]);
    dan.leave();
    await world.time.pass(10_000);
    expect(codes).toEqual([code]);
    for (const page of [ada, bea, cem]) {
      expect(names(page)).toEqual(
        ["Ada", "Bea", "Cem", "Mallory"].filter((name) => name !== page.snapshot().name),
      );
      expect(page.others().filter(({ link }) => link === "connected")).toHaveLength(2);
      // Mallory went on alone: media towards her has stopped, and it is told.
      expect(failures(page)).toEqual(["group-forked"]);
      expect(page.bound.size).toBe(2);
    }
    // Paused for a minute, then let in again: nobody can know that it was malice.
    await expectTogetherSoon(world, [mallory, ada, bea, cem], 90_000);
  }

  it("[MLS-7] a member adds a ghost, a leaf behind which nobody is: all others refuse it, and it is told", () =>
    isRefused("proposal-refused", async (group) => ({ proposals: [await ghost(group)] })));

  it("[MLS-3] a member removes another without a role: all others refuse it, and it is told", () =>
    isRefused("removal-not-allowed", () => ({ proposals: [removeProposal(1)] })));

  it("[MLS-5] a member calls four gone at once: all others refuse it, and it is told", () =>
    isRefused("gone-limit", () => ({
      proposals: [1, 2, 3, 4].map(removeProposal),
      authenticatedData: goneData(),
    })));

  it("[MLS-4, SIGN-10] a member signs another's goodbye and removes them by it: all others refuse it, and it is told", () =>
    isRefused("bye-invalid", async (group) => ({
      proposals: [removeProposal(1)],
      authenticatedData: byeData([await otherGoodbye(group)]),
    })));

  it("[MLS-6] a member takes another's credential, to be shown as them: all others refuse it, and it is told", () =>
    isRefused("leaf-changed", (group) => {
      const identity = at(group.members, 1).credential;
      return {
        changeLeaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity } }),
      };
    }));

  it("[POLICY-3] a member changes the policy without a role, by a key of their own: all others refuse it, and it is told", () =>
    isRefused("policy-invalid", async (group) => ({
      proposals: [await newPolicy(group)],
      authenticatedData: doorData(new Uint8Array(32)),
    })));

  it("[MLS-7] a member takes the policy away: all others refuse it, and it is told", () =>
    isRefused("extension-unexpected", () => ({
      proposals: [
        { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } },
      ],
      authenticatedData: doorData(new Uint8Array(32)),
    })));

  it("[MLS-7] a member moves the group elsewhere (ReInit): all others refuse it, and it is told", () =>
    isRefused("proposal-refused", (group) => ({
      proposals: [
        {
          proposalType: "reinit",
          reinit: {
            groupId: new Uint8Array(16),
            version: "mls10",
            cipherSuite: secretsOf(group).suite.name,
            extensions: [],
          },
        },
      ],
    })));

  type Join = Parameters<typeof forgeExternalCommit>[0];
  /** Mallory, with the link, joins by a commit of her own making. */
  async function isKeptOut(
    code: CommitFailureCode,
    change: (options: JoinOptions) => Promise<Partial<Join>> | Partial<Join>,
  ): Promise<void> {
    const codes: string[] = [];
    const ada = await enter(world, "Ada", notingRefusals(codes));
    const bea = await enter(world, "Bea");
    const cem = await enter(world, "Cem");
    const mallory = await enter(
      world,
      "Mallory",
      forgingJoins(async (options) => {
        const { groupInfo, self } = options;
        return forgeExternalCommit({ groupInfo, self, ...(await change(options)) });
      }),
    );
    expect(codes).toEqual([code]);
    await world.time.pass(5_000);
    for (const page of [ada, bea, cem]) {
      expect(names(page)).toHaveLength(2);
      expect(names(page)).not.toContain("Mallory");
      expect(page.others().every(({ link }) => link === "connected")).toBe(true);
    }
    // What joins by the rules after that is let in, and is seen.
    await expectTogetherSoon(world, [mallory, ada, bea, cem], 90_000);
  }

  it("[MLS-2] a stranger with the link puts another out as they come in: all refuse it, and nobody is put out", () =>
    isKeptOut("removal-not-allowed", () => ({ removes: 1 })));

  it("[LEAF-2] a stranger with the link comes in by a room device key that is not theirs: all refuse it", () =>
    isKeptOut("leaf-invalid", ({ self }) => {
      const credential = self.credential.slice();
      credential.set(new Uint8Array(32).fill(9), 1);
      return { self: { ...self, credential } };
    }));

  it("[LEAF-2] a stranger with the link comes in by a leaf that was made for another call: all refuse it", () =>
    isKeptOut("leaf-invalid", async ({ roomId, self }) => {
      const elsewhere = { roomId, groupId: makeGroupId() };
      const { credential } = await makeSelf(elsewhere, await makePerson());
      return { self: { ...self, credential } };
    }));

  it("[MLS-2] a stranger with the link joins with words of their own in the authenticated data: all refuse it", () =>
    isKeptOut("authenticated-data-unknown", () => ({ authenticatedData: goneData() })));
});
