import { describe, expect, it } from "vitest";
import { fromBase64Url } from "../../../protocol/bytes.ts";
import type { HostLink } from "../../../protocol/host-link.ts";
import type { LeafIndex, MemberId } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { deriveLinkKeys } from "../../../protocol/link.ts";
import type { CallCrypto, MemberCommit } from "../../../web/core/call-crypto.ts";
import { createInProcessCrypto } from "../../support/crypto-session.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { hostedCall } from "./door.ts";
import { makeRoom, nth, unwrap } from "./members.ts";
import { overMessages } from "./over-messages.ts";

const bytes = (length: number) => new Uint8Array(length);
const memberId = "AAAAAAAAAAAAAAAAAAAAAA" as MemberId;
const tooLong = "short" as MemberId;

describe("what the page may ask of admission", () => {
  const asked: readonly (readonly [string, (crypto: CallCrypto) => Promise<unknown>])[] = [
    ["a mode that is none", (crypto) => crypto.newRoom({ mode: "shut" as "open" })],
    ["a name that lies", (crypto) => crypto.sealKnock({ name: "A\u202E", policy: bytes(9) })],
    [
      "a policy too large",
      (crypto) => crypto.sealKnock({ name: "Ada", policy: bytes(LIMITS.policyBytes + 1) }),
    ],
    [
      "a knock too large",
      (crypto) => crypto.openKnock({ from: memberId, sealed: bytes(LIMITS.knockBytes + 1) }),
    ],
    ["nobody's knock", (crypto) => crypto.openKnock({ from: tooLong, sealed: bytes(9) })],
    ["a key too long", (crypto) => crypto.admit({ memberId, identityKey: "x".repeat(44) })],
    ["an admission too large", (crypto) => crypto.takeAdmission(bytes(LIMITS.ticketBytes + 1))],
    [
      "a ticket too large",
      (crypto) => crypto.answerTicket({ from: memberId, sealed: bytes(LIMITS.ticketBytes + 1) }),
    ],
    [
      "no group's ticket",
      (crypto) => crypto.sealTicket({ groupId: "x" as never, policy: bytes(9) }),
    ],
    ["an end too large", (crypto) => crypto.checkEnd(bytes(1025))],
    ...(
      [
        { kind: "kick", leaves: [1023 as LeafIndex] },
        { kind: "policy", changes: { mode: "shut" as "open" } },
        { kind: "policy", changes: { capacity: LIMITS.groupMembers + 1 } },
        { kind: "policy", changes: { capacity: 0 } },
        { kind: "policy", changes: { unban: [tooLong] } },
        { kind: "policy", changes: { withdraw: [-1] } },
        { kind: "host-link", role: "king" as "host", expiresAtSec: 1 },
        { kind: "host-link", role: "host", expiresAtSec: 1.5 },
        { kind: "dance" } as never,
      ] satisfies readonly MemberCommit[]
    ).map(
      (commit) =>
        [
          `a commit that is none: ${JSON.stringify(commit)}`,
          (crypto: CallCrypto) => crypto.prepareCommit(commit),
        ] as const,
    ),
  ];
  it.each(asked)("is refused by name where it is %s", async (_name, ask) => {
    const { client } = overMessages(createManualClock());
    await expect(ask(client.crypto)).rejects.toThrow("arguments refused");
    client.terminate();
  });

  it("is refused where a host link is not one", async () => {
    const { client } = overMessages(createManualClock());
    const { roomId, secret } = await makeRoom();
    const opening = { roomId, secret, dtlsFingerprint: bytes(32), policyFloor: 0 };
    const hostLink = { seed: bytes(31) } as unknown as HostLink;
    await expect(client.crypto.openRoom({ ...opening, hostLink })).rejects.toThrow(
      "arguments refused",
    );
    client.terminate();
  });
});

describe("a worker that dies after the link was replaced", () => {
  it("[ROTATE-5] is started again with the new link", async () => {
    const clock = createManualClock();
    const call = await hostedCall(1);
    const { vault } = nth(call, 0);
    const { client, workers } = overMessages(
      clock,
      () => createInProcessCrypto({ clock, vault }).crypto,
    );
    const { crypto } = client;
    const { roomId, secret, policy } = call.room;
    unwrap(await crypto.openRoom({ roomId, secret, dtlsFingerprint: bytes(32), policyFloor: 0 }));
    unwrap(await crypto.createGroup(policy));
    unwrap(await crypto.prepareCommit({ kind: "policy", changes: { newLink: true } }));
    const { newSecret } = await crypto.installPending();
    if (newSecret === undefined) throw new Error("expected a new link");
    workers[0]?.fail();
    const { access } = await deriveLinkKeys(newSecret);
    expect(fromBase64Url((await crypto.tokenRequest(9_000)).access)).toEqual(access);
    client.terminate();
  });
});
