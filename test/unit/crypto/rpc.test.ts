import { describe, expect, it } from "vitest";
import type { CallCrypto } from "../../../web/core/call-crypto.ts";
import type { CryptoReply } from "../../../web/core/crypto-rpc.ts";
import type { Epoch, LeafIndex, RoomId, Seq } from "../../../protocol/ids.ts";
import { serveRequests } from "../../../web/crypto-worker/rpc/serve-requests.ts";
import { createInProcessCrypto } from "../../support/crypto-session.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";
import { createMemoryVault } from "../../../web/crypto-worker/keys/memory-vault.ts";
import { enterRoom, makeRoom, offerOf, startCall, unwrap } from "./members.ts";
import { overMessages } from "./over-messages.ts";

const opening = {
  roomId: "AAAAAAAAAAAAAAAAAAAAAA" as RoomId,
  secret: new Uint8Array(16),
  dtlsFingerprint: new Uint8Array(32),
  policyFloor: 0,
};

describe.each([
  {
    name: "in process",
    make: (clock: ManualClock) => ({
      crypto: createInProcessCrypto({ clock }).crypto,
      end: () => undefined,
    }),
  },
  {
    name: "over messages",
    make: (clock: ManualClock) => {
      const { client } = overMessages(clock);
      return { crypto: client.crypto, end: client.terminate };
    },
  },
])("CallCrypto $name", ({ make }) => {
  const withSession = async (
    run: (crypto: CallCrypto, clock: ManualClock) => Promise<void>,
  ): Promise<void> => {
    const clock = createManualClock();
    const { crypto, end } = make(clock);
    await run(crypto, clock);
    end();
    expect(clock.pending()).toBe(0);
  };

  it("makes a room, opens it, and starts and leaves a call in it", () =>
    withSession(async (crypto) => {
      const made = unwrap(await crypto.newRoom({ mode: "open" }));
      const opened = unwrap(
        await crypto.openRoom({ ...opening, roomId: made.roomId, secret: made.secret }),
      );
      expect(opened.memberId).toHaveLength(22);
      expect(opened.kept).toBe(false);
      const policy = new Uint8Array(Buffer.from(made.body.sealedPolicy, "base64url"));
      const call = unwrap(await crypto.createGroup(policy));
      expect(call.view).toMatchObject({ epoch: 0, ownLeaf: 0, mode: "open", policySerial: 0 });
      expect(call.view.members).toMatchObject([{ leaf: 0, memberId: opened.memberId }]);
      expect((await crypto.statement()).epoch).toBe(0);
      await crypto.bindLink({ linkId: "link", peerLeaf: undefined });
      await crypto.endGroup();
      await expect(crypto.statement()).rejects.toThrow("crypto session: no group");
    }));

  it("joins a call of somebody else's and hears it", () =>
    withSession(async (crypto) => {
      const room = await makeRoom();
      const host = await enterRoom(room);
      const call = await startCall(room, host);
      unwrap(await crypto.openRoom({ ...opening, roomId: room.roomId, secret: room.secret }));
      const pending = unwrap(await crypto.prepareJoin(offerOf(call)));
      const signal = await crypto.sealSignal({
        toLeaf: 0 as LeafIndex,
        body: { type: "candidates", candidates: ["candidate"] },
        pending: true,
      });
      await crypto.installPending();
      await host.crypto.judge({ seq: 1 as Seq, epoch: pending.epoch, commit: pending.commit });
      expect(unwrap(await host.crypto.openSignal(signal)).fromLeaf).toBe(1);
      expect(
        await crypto.checkPairHello(0 as LeafIndex, await host.crypto.pairHello(1 as LeafIndex)),
      ).toBe(true);
      const said = unwrap(
        await crypto.openCast(await host.crypto.sealCast(new Uint8Array([1, 2]))),
      );
      expect(said.content).toEqual(new Uint8Array([1, 2]));
      const bye = unwrap(await crypto.openBye(await host.crypto.sealBye()));
      expect(bye.leaf).toBe(0);
      await crypto.endGroup();
    }));

  it("answers in the order asked, however long each takes", () =>
    withSession(async (crypto) => {
      const order: string[] = [];
      const note = (name: string) => () => order.push(name);
      const made = unwrap(await crypto.newRoom({ mode: "open" }));
      await Promise.all([
        crypto.openRoom({ ...opening, roomId: made.roomId }).then(note("openRoom")),
        crypto.tokenRequest(1).then(note("tokenRequest")),
        crypto.discardPending().then(note("discardPending")),
        crypto.prepareCommit({ kind: "update" }).then(note("prepareCommit")),
      ]);
      expect(order).toEqual(["openRoom", "tokenRequest", "discardPending", "prepareCommit"]);
    }));

  it("rejects what is out of turn, and goes on", () =>
    withSession(async (crypto) => {
      await expect(crypto.tokenRequest(1)).rejects.toThrow("no room is open");
      await expect(crypto.installPending()).rejects.toThrow("nothing is pending");
      expect(await crypto.newRoom({ mode: "open" })).toMatchObject({ ok: true });
    }));
});

describe("messages to the worker", () => {
  it("with arguments that are not the method's are refused by name, and touch nothing", async () => {
    const clock = createManualClock();
    const { client } = overMessages(clock);
    const { crypto } = client;
    const refused = "arguments refused";
    await expect(crypto.openRoom({ ...opening, secret: new Uint8Array(15) })).rejects.toThrow(
      `openRoom: ${refused}`,
    );
    await expect(crypto.openRoom({ ...opening, roomId: "short" as RoomId })).rejects.toThrow(
      refused,
    );
    await expect(crypto.tokenRequest(1.5)).rejects.toThrow(refused);
    await expect(crypto.openSignal(new Uint8Array(20_000))).rejects.toThrow(refused);
    await expect(crypto.bindLink({ linkId: "x".repeat(65), peerLeaf: undefined })).rejects.toThrow(
      refused,
    );
    const short = { leaf: 1 as LeafIndex, commit: new Uint8Array(31) };
    await expect(crypto.codeReveal({ epoch: 1 as Epoch, commits: [short] })).rejects.toThrow(
      refused,
    );
    const many = Array.from({ length: 101 }, () => ({
      leaf: 1 as LeafIndex,
      nonce: new Uint8Array(32),
    }));
    await expect(crypto.codeOpen({ epoch: 1 as Epoch, nonces: many })).rejects.toThrow(refused);
    await expect(
      crypto.prepareCommit({ kind: "gone", leaves: [1023 as LeafIndex] }),
    ).rejects.toThrow(refused);
    await expect(
      crypto.sealSignal({
        toLeaf: 1 as LeafIndex,
        body: { type: "candidates", sdp: 5 } as never,
        pending: false,
      }),
    ).rejects.toThrow(refused);
    client.terminate();
  });

  it("that are no request are not answered, or refused without repeating them", () => {
    const replies: CryptoReply[] = [];
    const serve = serveRequests({
      crypto: createInProcessCrypto({ clock: createManualClock() }).crypto,
      transformer: { run: () => Promise.resolve(), counts: () => ({ passed: 0, dropped: 0 }) },
      reply: (reply) => replies.push(reply),
    });
    for (const message of [
      undefined,
      null,
      7,
      "probe",
      {},
      { type: "probe" },
      { type: "probe", id: -1 },
    ])
      serve(message);
    serve({ type: "call", id: 1, method: "constructor", given: [] });
    serve({ type: "call", id: 2, method: "onLost", given: [] });
    expect(replies).toEqual([
      { id: 1, ok: false, reason: "unknown request" },
      { id: 2, ok: false, reason: "unknown request" },
    ]);
  });

  it("about counts are answered while the group is busy", async () => {
    const clock = createManualClock();
    const never = createInProcessCrypto({ clock }).crypto;
    const { client } = overMessages(clock, () => ({
      ...never,
      newRoom: () => new Promise(() => undefined),
    }));
    const stuck = client.crypto.newRoom({ mode: "open" });
    const transform = { linkId: "link", stream: "camera", direction: "send" } as const;
    expect(await client.counts(transform)).toEqual({ passed: 3, dropped: 1 });
    client.terminate();
    expect(await stuck).toEqual({ ok: false, error: { code: "crypto-worker-lost" } });
  });
});

describe("a worker that dies", () => {
  it("is started again with its room open; what it had not answered fails, and it is told", async () => {
    const clock = createManualClock();
    const vault = createMemoryVault();
    const { client, workers } = overMessages(
      clock,
      () => createInProcessCrypto({ clock, vault }).crypto,
    );
    const { crypto } = client;
    const before = unwrap(await crypto.openRoom(opening));
    let lost = 0;
    crypto.onLost(() => {
      lost += 1;
    });
    const joining = crypto.prepareCommit({ kind: "update" });
    const proving = crypto.statement();
    workers[0]?.fail();
    expect(await joining).toEqual({ ok: false, error: { code: "crypto-worker-lost" } });
    await expect(proving).rejects.toThrow("crypto-worker-lost");
    expect(lost).toBe(1);
    expect(workers.map(({ isDead }) => isDead)).toEqual([true, false]);
    expect((await crypto.tokenRequest(1)).atSec).toBe(1);
    expect(unwrap(await crypto.openRoom(opening)).memberId).toBe(before.memberId);
    client.terminate();
    expect(clock.pending()).toBe(0);
  });

  it("is missed when it has answered nothing for two probes", async () => {
    const clock = createManualClock();
    const { client, workers } = overMessages(clock);
    let lost = 0;
    client.crypto.onLost(() => {
      lost += 1;
    });
    // A worker that lives answers in between.
    for (let probe = 0; probe < 4; probe += 1) {
      clock.advance(5_000);
      await Promise.resolve().then(() => Promise.resolve());
    }
    expect(lost).toBe(0);
    const [worker] = workers;
    if (worker !== undefined) worker.isDead = true;
    clock.advance(10_000);
    expect(lost).toBe(0);
    clock.advance(5_000);
    expect(lost).toBe(1);
    client.terminate();
  });
});
