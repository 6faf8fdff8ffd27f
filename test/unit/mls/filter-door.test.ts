import { beforeAll, describe, expect, it } from "vitest";
import type { Proposal } from "ts-mls/proposal.js";
import { POLICY_EXTENSION_TYPE } from "../../../protocol/policy.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { doorData, goneData } from "../../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { forgeMemberCommit, libraryAccepts, removeProposal } from "./forge.ts";
import {
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  expectOk,
  makeCall,
  makePerson,
  makePolicy,
  makeRoom,
  type Room,
  signPolicy,
} from "./group-fixture.ts";

const doorPolicyHash = new Uint8Array(32).fill(4);
const authenticatedData = doorData(doorPolicyHash);

let room: Room;
let call: Call;
let judge: MlsGroup;
let signed: Bytes;
beforeAll(async () => {
  room = await makeRoom();
  const host = await makePerson();
  const roles = [
    { identityKey: host.identity.publicKey, role: "host", delegationSerial: 0 },
  ] as const;
  call = await makeCall(3, { room, people: [host], policy: { roles } });
  judge = at(call.groups, 2);
  signed = await signPolicy(room, makePolicy(room, { roles, serial: 1, locked: true }));
});

const policyProposal = (): Proposal => ({
  proposalType: "group_context_extensions",
  groupContextExtensions: {
    extensions: [{ extensionType: POLICY_EXTENSION_TYPE, extensionData: signed }],
  },
});

describe("the copy of a policy for the door", () => {
  it("[DOOR-1] is named by the commit, and told to whoever judges it", async () => {
    const policy = { signedPolicy: signed, doorPolicyHash, removes: [] };
    const { commit } = expectOk(await engine.commitPolicy(at(call.groups, 0), policy));
    const judged = expectOk(await engine.judgeCommit(judge, commit));
    expect(judged.change.doorPolicyHash).toEqual(doorPolicyHash);
  });

  it.each([
    ["nothing", new Uint8Array(), "door-not-named"],
    ["a cut name", authenticatedData.slice(0, -1), "authenticated-data-unknown"],
    ["a reason to call somebody gone", goneData(), "proposal-refused"],
  ])("[DOOR-1] a policy whose commit says %s is refused", async (_name, data, code) => {
    const commit = await forgeMemberCommit(at(call.groups, 1), {
      proposals: [policyProposal()],
      authenticatedData: data,
    });
    expect(await libraryAccepts(judge, commit)).toBe(true);
    expect(codeOf(await engine.judgeCommit(judge, commit))).toBe(code);
  });

  it("[DOOR-1] a commit without a policy that names one is refused", async () => {
    for (const proposals of [[], [removeProposal(1)]]) {
      const commit = await forgeMemberCommit(at(call.groups, 0), { proposals, authenticatedData });
      expect(await libraryAccepts(judge, commit)).toBe(true);
      expect(codeOf(await engine.judgeCommit(judge, commit))).toBe("door-not-named");
    }
  });
});
