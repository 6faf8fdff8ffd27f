import { describe, expect, it } from "vitest";
import type { MemberId } from "../../../protocol/ids.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import {
  admitted,
  askByTicket,
  codeOf,
  commitAs,
  groupIdOf,
  hostedCall,
  joinByTicket,
  knockCall,
  leavesOf,
  letIn,
  sealedByLink,
} from "./door.ts";
import { enterRoom, nth, startCall, unwrap } from "./members.ts";

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
    call = await commitAs({ ...call, members: [host, third] }, host, {
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
    call = await commitAs(call, nth(call, 0), { kind: "policy", changes: { mode: "knock" } });
    call = await letIn(call, other);
    const { view } = unwrap(await other.crypto.prepareCommit({ kind: "update" }));
    await other.crypto.discardPending();
    const leaf = view.members[0]?.leaf;
    if (leaf === undefined) throw new Error("expected members");
    const rest = { ...call, members: call.members.slice(1) };
    const without = await commitAs(rest, other, { kind: "gone", leaves: [leaf] });
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

  it("[TICKET-3] an admission to the call before does not take the place of this one's", async () => {
    const call = await knockCall();
    const host = nth(call, 0);
    const guest = await enterRoom(call.room);
    const old = await admitted(call, guest);
    const later = await letIn(await startCall(call.room, host), guest);
    expect(codeOf(await guest.crypto.takeAdmission(old))).toBe("admission-invalid");
    expect(codeOf(await askByTicket(later, guest))).toBe("ok");
  });

  it("[TICKET-3] a ticket of somebody banned is not answered, by identity or by member id", async () => {
    let call = await knockCall();
    const vault = createMemoryVault();
    const guest = await enterRoom(call.room, { vault });
    call = await letIn(call, guest);
    call = await commitAs(call, nth(call, 0), {
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
    call = await commitAs(call, host, { kind: "policy", changes: { mode: "knock" } });
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
    call = await commitAs(call, nth(call, 0), { kind: "policy", changes: { locked: true } });
    expect(call.groupInfo).toBeUndefined();
    call = await commitAs(call, nth(call, 0), { kind: "policy", changes: { locked: false } });
    expect(call.groupInfo).toBeDefined();
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
