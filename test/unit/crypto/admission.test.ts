import { describe, expect, it } from "vitest";
import { importEnvelopeKey, NO_GROUP_ID, sealEnvelope } from "../../../protocol/envelope.ts";
import type { Epoch, GroupId, MemberId } from "../../../protocol/ids.ts";
import { knockCodec } from "../../../protocol/knock.ts";
import { deriveLinkKeys } from "../../../protocol/link.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import {
  admitted,
  askByTicket,
  codeOf,
  commit,
  groupIdOf,
  hostedCall,
  joinByTicket,
  knockCall,
  leavesOf,
  letIn,
} from "./door.ts";
import { enterRoom, nth, startCall, type TestCall, unwrap } from "./members.ts";

/** What anybody with the link can seal, whatever is in it. */
async function sealedByLink(
  call: TestCall,
  kind: "knock" | "ticket" | "admission",
  content: Uint8Array<ArrayBuffer>,
  groupId: GroupId = NO_GROUP_ID,
): Promise<Uint8Array<ArrayBuffer>> {
  const { envelope } = await deriveLinkKeys(call.room.secret);
  const header = { generation: 0, kind, groupId, epoch: 0 as Epoch };
  return sealEnvelope(await importEnvelopeKey(envelope), call.room.roomId, header, content);
}

describe("a room that asks for admission", () => {
  it("[TICKET-6] gives the room no GroupInfo, of its start or of any commit", async () => {
    const call = await knockCall();
    expect(call.groupInfo).toBeUndefined();
    const host = nth(call, 0);
    const pending = unwrap(await host.crypto.prepareCommit({ kind: "update" }));
    expect(pending.groupInfo).toBeUndefined();
    expect((await host.crypto.groupInfo()).groupInfo).toBeUndefined();
  });

  it("[KNOCK-5] who knocks and is admitted joins by the ticket, and all are in one group", async () => {
    let call = await knockCall();
    for (const fingerprint of [2, 3])
      call = await letIn(call, await enterRoom(call.room, { fingerprint }));
    expect(call.members).toHaveLength(3);
    const statement = await nth(call, 0).crypto.statement();
    for (const member of call.members) expect(await member.crypto.statement()).toEqual(statement);
  });

  it("[TICKET-3] a reload needs no host: the ticket is kept, and any member answers it", async () => {
    const vault = createMemoryVault();
    let call = await knockCall();
    call = await letIn(call, await enterRoom(call.room, { vault }));
    call = await letIn(call, await enterRoom(call.room));
    // Found dead, and so no longer in the tree.
    const { view } = unwrap(await nth(call, 0).crypto.prepareCommit({ kind: "update" }));
    const leaf = view.members[1]?.leaf;
    if (leaf === undefined) throw new Error("expected three members");
    const [host, , third] = call.members;
    if (host === undefined || third === undefined) throw new Error("expected three members");
    call = await commit({ ...call, members: [host, third] }, host, {
      kind: "gone",
      leaves: [leaf],
    });
    const back = await enterRoom(call.room, { vault });
    const answer = unwrap(await askByTicket(call, back, third));
    expect(answer.epoch).toBe(3);
    call = await joinByTicket(call, back);
    expect(await back.crypto.statement()).toEqual(await third.crypto.statement());
  });

  it("[TICKET-4] a host comes in by a ticket of its own", async () => {
    const vault = createMemoryVault();
    let call = await hostedCall(2);
    const hostVault = nth(call, 0).vault;
    const other = await enterRoom(call.room, { vault });
    call = await commit(call, nth(call, 0), { kind: "policy", changes: { mode: "knock" } });
    call = await letIn(call, other);
    const { view } = unwrap(await other.crypto.prepareCommit({ kind: "update" }));
    await other.crypto.discardPending();
    const leaf = view.members[0]?.leaf;
    if (leaf === undefined) throw new Error("expected members");
    const rest = { ...call, members: call.members.slice(1) };
    const without = await commit(rest, other, { kind: "gone", leaves: [leaf] });
    const back = await enterRoom(call.room, { vault: hostVault });
    const after = await joinByTicket(without, back);
    expect(await back.crypto.statement()).toEqual(await nth(after, 0).crypto.statement());
  });

  it("[TICKET-4] whoever has the link and no ticket has nothing to show", async () => {
    const call = await knockCall();
    const stranger = await enterRoom(call.room);
    const groupId = await groupIdOf(call);
    const { policy } = call.room;
    expect(codeOf(await stranger.crypto.sealTicket({ groupId, policy }))).toBe("no-ticket");
  });

  it("[TICKET-2] an admission opens for the one it was sealed to, and for nobody else who waits", async () => {
    const call = await knockCall();
    const [first, second] = [await enterRoom(call.room), await enterRoom(call.room)];
    const admission = await admitted(call, first);
    await admitted(call, second);
    expect(codeOf(await second.crypto.takeAdmission(admission))).toBe("admission-invalid");
    expect(codeOf(await first.crypto.takeAdmission(admission))).toBe("ok");
    const altered = admission.map((byte, index) =>
      index === admission.length - 1 ? byte ^ 1 : byte,
    );
    expect(codeOf(await first.crypto.takeAdmission(altered))).toBe("admission-invalid");
  });

  it("[TICKET-8] the answer to a ticket opens for its holder, and for nobody else who has the link", async () => {
    const call = await knockCall();
    const [first, second] = [await enterRoom(call.room), await enterRoom(call.room)];
    for (const one of [first, second])
      unwrap(await one.crypto.takeAdmission(await admitted(call, one)));
    const { sealed: groupInfo } = unwrap(await askByTicket(call, first));
    await askByTicket(call, second);
    const { policy } = call.room;
    expect(codeOf(await second.crypto.prepareJoin({ groupInfo, policy }))).toBe(
      "group-info-invalid",
    );
    expect(codeOf(await first.crypto.prepareJoin({ groupInfo, policy }))).toBe("ok");
  });

  it("[TICKET-3] a ticket of the call before is not answered", async () => {
    const call = await knockCall();
    const host = nth(call, 0);
    const guest = await enterRoom(call.room);
    unwrap(await guest.crypto.takeAdmission(await admitted(call, guest)));
    const { policy } = call.room;
    const groupId = await groupIdOf(call);
    const sealed = unwrap(await guest.crypto.sealTicket({ groupId, policy }));
    const later = await startCall(call.room, host);
    const answer = await nth(later, 0).crypto.answerTicket({ from: guest.memberId, sealed });
    expect(codeOf(answer)).toBe("ticket-invalid");
    const nextId = await groupIdOf(later);
    expect(codeOf(await guest.crypto.sealTicket({ groupId: nextId, policy }))).toBe("no-ticket");
  });

  it("[TICKET-3] a ticket of somebody banned is not answered, by identity or by member id", async () => {
    let call = await knockCall();
    const vault = createMemoryVault();
    const guest = await enterRoom(call.room, { vault });
    call = await letIn(call, guest);
    call = await commit(call, nth(call, 0), {
      kind: "kick",
      leaves: await leavesOf(call, guest.memberId),
    });
    const back = await enterRoom(call.room, { vault });
    expect(codeOf(await askByTicket(call, back))).toBe("ticket-invalid");
    const friend = await enterRoom(call.room);
    unwrap(await friend.crypto.takeAdmission(await admitted(call, friend)));
    const { policy } = call.room;
    const sealed = unwrap(
      await friend.crypto.sealTicket({ groupId: await groupIdOf(call), policy }),
    );
    const asBanned = { from: guest.memberId, sealed };
    expect(codeOf(await nth(call, 0).crypto.answerTicket(asBanned))).toBe("ticket-invalid");
  });

  it("[TICKET-8] what is no ticket is not answered", async () => {
    const call = await knockCall();
    const groupId = await groupIdOf(call);
    const from = "AAAAAAAAAAAAAAAAAAAAAA" as MemberId;
    for (const content of [new Uint8Array([0]), new Uint8Array(200)]) {
      const sealed = await sealedByLink(call, "ticket", content, groupId);
      expect(codeOf(await nth(call, 0).crypto.answerTicket({ from, sealed }))).toBe(
        "ticket-invalid",
      );
    }
  });
});

describe("knocking turned on in a call", () => {
  it("[TICKET-5] leaves nobody without a ticket", async () => {
    let call = await hostedCall(3);
    const host = nth(call, 0);
    call = await commit(call, host, { kind: "policy", changes: { mode: "knock" } });
    expect(call.groupInfo).toBeUndefined();
    const tickets = unwrap(await host.crypto.admitAll());
    expect(tickets.map(({ to }) => to)).toEqual(call.members.slice(1).map((m) => m.memberId));
    for (const member of call.members.slice(1)) {
      const ticket = tickets.find(({ to }) => to === member.memberId);
      if (ticket === undefined) throw new Error("expected a ticket");
      unwrap(await member.crypto.takeAdmission(ticket.sealed));
      expect(codeOf(await askByTicket(call, member))).toBe("ok");
    }
  });

  it("[HOST-1] is the host's to answer: a member signs no ticket", async () => {
    const call = await hostedCall(2);
    const member = nth(call, 1);
    expect(codeOf(await member.crypto.admitAll())).toBe("not-host");
    const stranger = await enterRoom(call.room);
    const { policy } = call.room;
    const sealed = unwrap(await stranger.crypto.sealKnock({ name: "Ada", policy }));
    const knock = unwrap(await member.crypto.openKnock({ from: stranger.memberId, sealed }));
    expect(codeOf(await member.crypto.admit(knock))).toBe("not-host");
  });

  it("[TICKET-6] and off again hands the room a GroupInfo as before", async () => {
    let call = await hostedCall(1);
    call = await commit(call, nth(call, 0), { kind: "policy", changes: { locked: true } });
    expect(call.groupInfo).toBeUndefined();
    call = await commit(call, nth(call, 0), { kind: "policy", changes: { locked: false } });
    expect(call.groupInfo).toBeDefined();
  });
});

describe("a knock", () => {
  it("[KNOCK-1] says who waits, by name and key", async () => {
    const call = await knockCall();
    const guest = await enterRoom(call.room);
    const { policy } = call.room;
    const sealed = unwrap(await guest.crypto.sealKnock({ name: "Ada", policy }));
    const knock = unwrap(await nth(call, 0).crypto.openKnock({ from: guest.memberId, sealed }));
    expect(knock).toMatchObject({ memberId: guest.memberId, name: "Ada", wasAdmitted: false });
  });

  it("[KNOCK-1] passed off by the room as another member's is not shown", async () => {
    const call = await knockCall();
    const [guest, other] = [await enterRoom(call.room), await enterRoom(call.room)];
    const { policy } = call.room;
    const sealed = unwrap(await guest.crypto.sealKnock({ name: "Ada", policy }));
    const passedOff = { from: other.memberId, sealed };
    expect(codeOf(await nth(call, 0).crypto.openKnock(passedOff))).toBe("knock-invalid");
    const unseen = { memberId: other.memberId, identityKey: "" };
    expect(codeOf(await nth(call, 0).crypto.admit(unseen))).toBe("knock-unknown");
  });

  it("[KNOCK-1] that names a key it could not sign with is not shown", async () => {
    const call = await knockCall();
    const guest = await enterRoom(call.room);
    const bytes = (length: number) => new Uint8Array(length).fill(9);
    const forged = knockCodec.encode({
      roomDeviceKey: bytes(32),
      identityKey: bytes(32),
      ticketKey: bytes(32),
      name: "Ada",
      deviceSignature: bytes(64),
      identitySignature: bytes(64),
    });
    for (const content of [forged, forged.slice(1), new Uint8Array([1])]) {
      const sealed = await sealedByLink(call, "knock", content);
      const opened = await nth(call, 0).crypto.openKnock({ from: guest.memberId, sealed });
      expect(codeOf(opened)).toBe("knock-invalid");
    }
  });

  it("[KNOCK-1] that took another's place while the host looked is not the one let in", async () => {
    const call = await knockCall();
    const host = nth(call, 0);
    const guest = await enterRoom(call.room);
    const { policy } = call.room;
    const seen = unwrap(
      await host.crypto.openKnock({
        from: guest.memberId,
        sealed: unwrap(await guest.crypto.sealKnock({ name: "Ada", policy })),
      }),
    );
    // The same device, and somebody else's identity.
    const devices = createMemoryVault();
    const { key } = await guest.vault.loadOrMake(`device/${call.room.roomId}`);
    await devices.keep(`device/${call.room.roomId}`, key);
    const changed = await enterRoom(call.room, { vault: devices });
    expect(changed.memberId).toBe(guest.memberId);
    const sealed = unwrap(await changed.crypto.sealKnock({ name: "Ada", policy }));
    unwrap(await host.crypto.openKnock({ from: guest.memberId, sealed }));
    expect(codeOf(await host.crypto.admit(seen))).toBe("knock-unknown");
  });

  it("of whom this host let in before says so, in the next call too, until they are put out", async () => {
    let call = await knockCall();
    const vault = createMemoryVault();
    const guest = await enterRoom(call.room, { vault });
    call = await letIn(call, guest);
    const host = nth(call, 0);
    const { policy } = call.room;
    const knocks = async (by: TestCall) => {
      const sealed = unwrap(await guest.crypto.sealKnock({ name: "Ada", policy: by.room.policy }));
      const opened = await host.crypto.openKnock({ from: guest.memberId, sealed });
      return opened.ok ? opened.value.wasAdmitted : opened.error.code;
    };
    expect(await knocks(call)).toBe(true);
    const later = await startCall({ ...call.room, policy }, host);
    expect(await knocks(later)).toBe(true);
    await guest.crypto.endGroup();
    const again = await letIn(later, guest);
    const leaves = await leavesOf(again, guest.memberId);
    expect(await knocks(await commit(again, host, { kind: "kick", leaves }))).toBe("knock-banned");
  });

  it("[KNOCK-1] is not made under a name that lies about its text, nor an older policy", async () => {
    const call = await knockCall();
    const guest = await enterRoom(call.room, { policyFloor: 1 });
    const { policy } = call.room;
    expect(codeOf(await guest.crypto.sealKnock({ name: "Ada", policy }))).toBe("policy-older");
  });
});

describe("the end for all", () => {
  it("[END-1] is signed by a host, and believed in that call alone", async () => {
    const call = await hostedCall(2);
    const [host, member] = [nth(call, 0), nth(call, 1)];
    expect(codeOf(await member.crypto.endForAll())).toBe("not-host");
    const end = unwrap(await host.crypto.endForAll());
    expect(await member.crypto.checkEnd(end)).toBe(true);
    const other = await hostedCall(1);
    expect(await nth(other, 0).crypto.checkEnd(end)).toBe(false);
    const later = await startCall(call.room, host);
    expect(await nth(later, 0).crypto.checkEnd(end)).toBe(false);
    expect(await member.crypto.checkEnd(end.slice(0, -1))).toBe(false);
    expect(await member.crypto.checkEnd(new Uint8Array())).toBe(false);
  });
});
