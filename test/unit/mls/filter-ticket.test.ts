import { beforeAll, describe, expect, it } from "vitest";
import type { Mode } from "../../../protocol/policy.ts";
import type { Ticket } from "../../../protocol/ticket.ts";
import type { MlsGroup } from "../../../web/core/mls-engine.ts";
import { ticketData } from "../../../web/crypto-worker/mls/filter/authenticated-data.ts";
import { forgeExternalCommit, libraryAccepts } from "./forge.ts";
import {
  apply,
  at,
  type Bytes,
  type Call,
  codeOf,
  engine,
  expectOk,
  exporterValue,
  type KeyPair,
  makeCall,
  makeDelegation,
  makeGroupId,
  makeKeyPair,
  makePerson,
  makeRoom,
  makeSelf,
  makeTicket,
  type Person,
} from "./group-fixture.ts";

let call: Call;
let judge: MlsGroup;
let groupInfo: Bytes;
let coHostKey: KeyPair;
let joiner: Person;
let banned: Person;
beforeAll(async () => {
  [coHostKey, joiner, banned] = [await makeKeyPair(), await makePerson(), await makePerson()];
  call = await makeCall(1, {
    policy: {
      mode: "knock",
      roles: [{ role: "co-host", delegationSerial: 3 }],
      bans: [{ identityKey: banned.identity.publicKey, memberId: banned.memberId }],
    },
  });
  judge = at(call.groups, 0);
  groupInfo = await engine.groupInfo(judge);
});

/** What a member says of the join of a person who shows a ticket, or none. */
async function verdictOn(ticket: Ticket | undefined, person = joiner): Promise<string> {
  const self = await makeSelf(call.room, person);
  const authenticatedData = ticket === undefined ? new Uint8Array() : ticketData(ticket);
  const commit = await forgeExternalCommit({ groupInfo, self, authenticatedData });
  expect(await libraryAccepts(judge, commit)).toBe(true);
  return codeOf(await engine.judgeCommit(judge, commit));
}

describe("a join of a room that asks for a ticket", () => {
  it.each<{ readonly mode: Mode; readonly locked: boolean }>([
    { mode: "knock", locked: false },
    { mode: "open", locked: true },
  ])("[TICKET-4] with one of the host, under %o, is taken", async (policy) => {
    const { groups, room } = await makeCall(1, { policy });
    const member = at(groups, 0);
    const pending = expectOk(
      await engine.joinByExternalCommit({
        ...room,
        groupInfo: await engine.groupInfo(member),
        self: await makeSelf(room, joiner),
        policyFloor: 0,
        ticket: await makeTicket(room, joiner),
      }),
    );
    const after = await apply(member, pending.commit);
    expect(after.members).toHaveLength(2);
    expect(await exporterValue(after)).toBe(await exporterValue(pending.group));
  });

  it("[TICKET-3] with one of a co-host whose delegation the policy lists is taken", async () => {
    const delegation = await makeDelegation(call.room, coHostKey, "co-host", 3);
    const by = { key: coHostKey, delegation };
    expect(await verdictOn(await makeTicket(call.room, joiner, by))).toBe("passed");
  });

  it("[TICKET-3] with one by a delegation withdrawn, or in another role than is listed, is refused", async () => {
    for (const [role, serial] of [
      ["co-host", 2],
      ["host", 3],
    ] as const) {
      const delegation = await makeDelegation(call.room, coHostKey, role, serial);
      const ticket = await makeTicket(call.room, joiner, { key: coHostKey, delegation });
      expect(await verdictOn(ticket)).toBe("ticket-withdrawn");
    }
  });

  it("[TICKET-4] with none is refused", async () => {
    expect(await verdictOn(undefined)).toBe("admission-required");
  });

  it("[TICKET-2] with another person's is refused", async () => {
    const others = await makeTicket(call.room, await makePerson());
    expect(await verdictOn(others)).toBe("ticket-other-identity");
    const renamed = { ...others, identityKey: joiner.identity.publicKey };
    expect(await verdictOn(renamed)).toBe("ticket-invalid");
  });

  it("[TICKET-2] with one for another call of this room is refused", async () => {
    const other = { ...call.room, groupId: makeGroupId() };
    const ticket = await makeTicket(other, joiner);
    expect(await verdictOn(ticket)).toBe("ticket-invalid");
    expect(await verdictOn({ ...ticket, groupId: call.room.groupId })).toBe("ticket-invalid");
  });

  it("[TICKET-1] with one of another room's host is refused", async () => {
    const other = { ...(await makeRoom()), groupId: call.room.groupId };
    expect(await verdictOn(await makeTicket(other, joiner))).toBe("ticket-invalid");
  });

  it("[TICKET-1] with one that the joiner, or a member, signed is refused", async () => {
    const member = at(call.people, 0).identity;
    for (const key of [joiner.identity, joiner.device, member]) {
      expect(await verdictOn(await makeTicket(call.room, joiner, { key }))).toBe("ticket-invalid");
      const delegation = await makeDelegation(call.room, coHostKey, "co-host", 3);
      const borrowed = await makeTicket(call.room, joiner, { key, delegation });
      expect(await verdictOn(borrowed)).toBe("ticket-invalid");
    }
  });

  it("[TICKET-1] with a signature altered is refused", async () => {
    const ticket = await makeTicket(call.room, joiner);
    const signature = ticket.signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte));
    expect(await verdictOn({ ...ticket, signature })).toBe("ticket-invalid");
  });

  it("[TICKET-3] by a banned identity is refused, whatever the ticket", async () => {
    expect(await verdictOn(await makeTicket(call.room, banned), banned)).toBe("banned");
    const sameDevice = await makePerson({ device: banned.device });
    expect(await verdictOn(await makeTicket(call.room, sameDevice), sameDevice)).toBe("banned");
  });

  it("[HOST-6] of somebody the roles name is not barred by a ban", async () => {
    const person = await makePerson();
    const { identity, memberId } = person;
    const { groups, room } = await makeCall(1, {
      policy: {
        mode: "knock",
        roles: [{ identityKey: identity.publicKey, role: "co-host", delegationSerial: 3 }],
        bans: [{ identityKey: identity.publicKey, memberId }],
      },
    });
    const joined = await engine.joinByExternalCommit({
      ...room,
      groupInfo: await engine.groupInfo(at(groups, 0)),
      self: await makeSelf(room, person),
      policyFloor: 0,
      ticket: await makeTicket(room, person),
    });
    expect(codeOf(joined)).toBe("passed");
  });

  it("[TICKET-4] with a ticket that is cut is refused", async () => {
    const self = await makeSelf(call.room, joiner);
    const data = ticketData(await makeTicket(call.room, joiner));
    const commit = await forgeExternalCommit({
      groupInfo,
      self,
      authenticatedData: data.slice(0, -1),
    });
    expect(codeOf(await engine.judgeCommit(judge, commit))).toBe("authenticated-data-unknown");
  });
});

describe("where no ticket is asked", () => {
  it("[TICKET-4] a join of an open room has none", async () => {
    const open = await makeCall(1);
    const self = await makeSelf(open.room, joiner);
    const authenticatedData = ticketData(await makeTicket(open.room, joiner));
    const info = await engine.groupInfo(at(open.groups, 0));
    const commit = await forgeExternalCommit({ groupInfo: info, self, authenticatedData });
    expect(codeOf(await engine.judgeCommit(at(open.groups, 0), commit))).toBe(
      "authenticated-data-unknown",
    );
    const ticket = await makeTicket(open.room, joiner);
    const honest = { ...open.room, groupInfo: info, self, policyFloor: 0, ticket };
    expect(codeOf(await engine.joinByExternalCommit(honest))).toBe("passed");
  });

  it("[TICKET-4] a member comes back over its own leaf without one", async () => {
    const two = await makeCall(2);
    const policy = { mode: "knock" } as const;
    const knocking = await makeCall(1, { policy, people: two.people.slice(0, 1) });
    const self = await makeSelf(knocking.room, at(knocking.people, 0));
    const info = await engine.groupInfo(at(knocking.groups, 0));
    const back = { ...knocking.room, groupInfo: info, self, policyFloor: 0 };
    expect(expectOk(await engine.joinByExternalCommit(back)).change.kind).toBe("resync");
  });
});

describe("what is sealed to one member", () => {
  it("[SEAL-2] opens for the key it was sealed to, for that use alone, though the key can't be exported", async () => {
    const makeKey = async () => {
      const pair = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]);
      if (!("privateKey" in pair)) throw new TypeError("X25519: expected a key pair");
      const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
      return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) };
    };
    const [key, other] = [await makeKey(), await makeKey()];
    const [info, content] = [new Uint8Array([1]), new Uint8Array([5, 6, 7])];
    const sealed = await engine.sealTo(key.publicKey, info, content);
    if (sealed === undefined) throw new Error("expected it to be sealed");
    expect(sealed).toHaveLength(32 + content.length + 16);
    expect(await engine.openSealed(key, info, sealed)).toEqual(content);
    expect(await engine.openSealed(other, info, sealed)).toBeUndefined();
    expect(await engine.openSealed(key, new Uint8Array([2]), sealed)).toBeUndefined();
    expect(await engine.openSealed(key, info, sealed.slice(0, -1))).toBeUndefined();
    expect(await engine.openSealed(key, info, new Uint8Array(3))).toBeUndefined();
    expect(await engine.sealTo(new Uint8Array(31), info, content)).toBeUndefined();
  });
});
