import { describe, expect, it } from "vitest";
import { knockCodec } from "../../../protocol/knock.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import { codeOf, commitAs, knockCall, leavesOf, letIn, sealedByLink } from "./door.ts";
import { enterRoom, nth, startCall, type TestCall, unwrap } from "./members.ts";

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
    expect(await knocks(await commitAs(again, host, { kind: "kick", leaves }))).toBe(
      "knock-banned",
    );
  });

  it("[KNOCK-1] is not made under a name that lies about its text, nor an older policy", async () => {
    const call = await knockCall();
    const guest = await enterRoom(call.room, { policyFloor: 1 });
    const { policy } = call.room;
    expect(codeOf(await guest.crypto.sealKnock({ name: "Ada", policy }))).toBe("policy-older");
  });
});
