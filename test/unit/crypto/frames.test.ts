import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHeader } from "webcrypto-sframe";
import type { Epoch, GroupId, LeafIndex } from "../../../protocol/ids.ts";
import {
  createFrameKeyring,
  type FrameCipher,
} from "../../../web/crypto-worker/frames/create-frame-keyring.ts";
import type { EpochStep, FrameKeyring } from "../../../web/crypto-worker/frames/frame-keyring.ts";
import { decodeKid, encodeKid, epochsAhead } from "../../../web/crypto-worker/frames/kid.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";
import { unwrap } from "./members.ts";

const leaf = (index: number): LeafIndex => index as LeafIndex;
const epochOf = (number: number): Epoch => number as Epoch;
const ENTERED: EpochStep = { type: "entered" };
const JOINED: EpochStep = { type: "advanced", added: leaf(9), removal: false };
const REMOVED: EpochStep = { type: "advanced", added: undefined, removal: true };
const camera = { linkId: "link", stream: "camera" } as const;
const frame = (text: string) => new TextEncoder().encode(text);

type Person = FrameKeyring & FrameCipher & { readonly own: LeafIndex };

const baseKeyOf = (epoch: number, group = "group"): Promise<CryptoKey> => {
  const raw = new TextEncoder().encode(`${group} ${epoch}`.padEnd(16, "."));
  return crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits"]);
};

async function enter(
  person: Person,
  epoch: number,
  step: EpochStep,
  leaves: readonly number[] = [0, 1, 9],
): Promise<void> {
  const baseKey = await baseKeyOf(epoch);
  const held = new Set(leaves.map(leaf));
  person.install(
    {
      groupId: "group" as GroupId,
      epoch: epochOf(epoch),
      ownLeaf: person.own,
      leaves: held,
      baseKey,
    },
    step,
  );
}

/** Leaves 0 and 1 of one group at epoch 1, each with a link bound to the other. */
async function twoPeople(clock: ManualClock): Promise<{ alice: Person; bob: Person }> {
  const alice: Person = { ...createFrameKeyring(clock), own: leaf(0) };
  const bob: Person = { ...createFrameKeyring(clock), own: leaf(1) };
  for (const person of [alice, bob]) await enter(person, 1, ENTERED);
  alice.bindLink({ linkId: "link", peerLeaf: bob.own });
  bob.bindLink({ linkId: "link", peerLeaf: alice.own });
  return { alice, bob };
}

const epochByteIn = (sealed: Uint8Array): number | undefined => {
  const header = decodeHeader(sealed);
  return header.ok ? decodeKid(header.value.kid)?.epochByte : undefined;
};
const seal = async (person: Person, text = "frame"): Promise<Uint8Array<ArrayBuffer>> =>
  unwrap(await person.seal(camera, frame(text), undefined));
const codeOf = async (opening: ReturnType<Person["open"]>): Promise<string> => {
  const opened = await opening;
  return opened.ok ? "opened" : opened.error.code;
};

describe("KIDs", () => {
  it("[KID-1] stream, copy, leaf and epoch come back from 31 bits, the stream in the highest", () => {
    const kid = encodeKid({ stream: "camera", toLeaf: leaf(3), leaf: leaf(5), epoch: 258 });
    expect(kid).toBe((1 << 28) | (4 << 18) | (5 << 8) | 2);
    const stream = fc.constantFrom("microphone", "camera", "screen", "relayScreenAudio");
    const someLeaf = fc.integer({ min: 0, max: 1022 }).map(leaf);
    fc.assert(
      fc.property(
        stream,
        fc.option(someLeaf, { nil: undefined }),
        someLeaf,
        fc.nat(),
        (name, toLeaf, from, epoch) => {
          const parts = decodeKid(encodeKid({ stream: name, toLeaf, leaf: from, epoch }));
          expect(parts).toMatchObject({
            copy: toLeaf === undefined ? 0 : toLeaf + 1,
            leaf: from,
            epochByte: epoch % 256,
          });
        },
      ),
    );
    expect(
      encodeKid({ stream: "relayScreenAudio", toLeaf: leaf(1022), leaf: leaf(1022), epoch: 255 }),
    ).toBeLessThan(2 ** 31);
    expect(decodeKid(2 ** 31)).toBeUndefined();
    expect(decodeKid(2n ** 60n)).toBeUndefined();
  });

  it("an epoch byte is ahead up to 128, over the turn at 256 too", () => {
    expect(epochsAhead(5, 5)).toBe(0);
    expect(epochsAhead(6, 5)).toBe(1);
    expect(epochsAhead(4, 5)).toBe(0);
    expect(epochsAhead(0, 255)).toBe(1);
    expect(epochsAhead(255, 256)).toBe(0);
  });
});

describe("sealing for a peer", () => {
  it("what one seals the other opens, once", async () => {
    const { alice, bob } = await twoPeople(createManualClock());
    const sealed = await seal(alice, "hello");
    expect(unwrap(await bob.open(camera, sealed))).toEqual(frame("hello"));
    expect(await codeOf(bob.open(camera, sealed))).toBe("sframe-counter-replayed");
  });

  it("a frame altered in any byte is not opened", async () => {
    const { alice, bob } = await twoPeople(createManualClock());
    const sealed = await seal(alice);
    for (let index = 0; index < sealed.length; index += 1) {
      const altered = sealed.slice();
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(await codeOf(bob.open(camera, altered))).not.toBe("opened");
    }
    expect(await codeOf(bob.open(camera, sealed))).toBe("opened");
  });

  it("[KID-3] frames of another leaf, another stream, or a copy for somebody else are refused", async () => {
    const clock = createManualClock();
    const { alice, bob } = await twoPeople(clock);
    const carol: Person = { ...createFrameKeyring(clock), own: leaf(9) };
    await enter(carol, 1, ENTERED);
    carol.bindLink({ linkId: "link", peerLeaf: alice.own });
    const forBob = await seal(alice);
    expect(await codeOf(carol.open(camera, forBob))).toBe("frame-kid-foreign");
    expect(await codeOf(bob.open({ linkId: "link", stream: "microphone" }, forBob))).toBe(
      "frame-kid-foreign",
    );
    carol.bindLink({ linkId: "to-bob", peerLeaf: bob.own });
    const fromCarol = unwrap(
      await carol.seal({ linkId: "to-bob", stream: "camera" }, frame("I am Alice"), undefined),
    );
    expect(await codeOf(bob.open(camera, fromCarol))).toBe("frame-kid-foreign");
  });

  it("[FRAME-3] nothing passes a link before it is bound, after it is unbound, or without a group", async () => {
    const { alice, bob } = await twoPeople(createManualClock());
    const sealed = await seal(alice);
    const elsewhere = { linkId: "other", stream: "camera" } as const;
    expect(await alice.seal(elsewhere, frame("x"), undefined)).toMatchObject({
      error: { code: "link-unbound" },
    });
    expect(await codeOf(bob.open(elsewhere, sealed))).toBe("link-unbound");
    bob.bindLink({ linkId: "link", peerLeaf: undefined });
    expect(await codeOf(bob.open(camera, sealed))).toBe("link-unbound");
    alice.clear();
    expect(await alice.seal(camera, frame("x"), undefined)).toMatchObject({
      error: { code: "link-unbound" },
    });
  });

  it("a leaf that left is sent nothing, though its link is still bound", async () => {
    const { alice } = await twoPeople(createManualClock());
    await enter(alice, 2, REMOVED, [0, 9]);
    expect(await alice.seal(camera, frame("x"), undefined)).toMatchObject({
      error: { code: "link-unbound" },
    });
  });
});

describe("changing epochs", () => {
  it("[EPOCH-1] after a Remove the very next frame is of the new epoch", async () => {
    const { alice } = await twoPeople(createManualClock());
    expect(epochByteIn(await seal(alice))).toBe(1);
    await enter(alice, 2, REMOVED);
    expect(epochByteIn(await seal(alice))).toBe(2);
  });

  it("[EPOCH-1] after a join a link stays until its peer confirms", async () => {
    const { alice, bob } = await twoPeople(createManualClock());
    await enter(alice, 2, JOINED);
    expect(epochByteIn(await seal(alice))).toBe(1);
    alice.confirmEpoch({ peerLeaf: bob.own, epoch: epochOf(2) });
    expect(epochByteIn(await seal(alice))).toBe(2);
  });

  it("[EPOCH-1] or for five seconds at the latest", async () => {
    const clock = createManualClock();
    const { alice } = await twoPeople(clock);
    await enter(alice, 2, JOINED);
    clock.advance(4_999);
    expect(epochByteIn(await seal(alice))).toBe(1);
    clock.advance(1);
    expect(epochByteIn(await seal(alice))).toBe(2);
  });

  it("a peer that was ahead is followed the moment its epoch is here", async () => {
    const { alice, bob } = await twoPeople(createManualClock());
    alice.confirmEpoch({ peerLeaf: bob.own, epoch: epochOf(2) });
    expect(epochByteIn(await seal(alice))).toBe(1);
    await enter(alice, 2, JOINED);
    expect(epochByteIn(await seal(alice))).toBe(2);
  });

  it("who came in by the commit is sent its epoch from the first frame on", async () => {
    const { alice } = await twoPeople(createManualClock());
    alice.bindLink({ linkId: "new", peerLeaf: leaf(9) });
    await enter(alice, 2, JOINED);
    const sealed = unwrap(
      await alice.seal({ linkId: "new", stream: "camera" }, frame("x"), undefined),
    );
    expect(epochByteIn(sealed)).toBe(2);
  });

  it.each([
    { step: JOINED, name: "a join", ms: 5_000 },
    { step: REMOVED, name: "a Remove", ms: 2_000 },
  ])("[EPOCH-1] the epoch before $name is taken $ms ms", async ({ step, ms }) => {
    const clock = createManualClock();
    const { alice, bob } = await twoPeople(clock);
    const [first, second] = [await seal(alice), await seal(alice)];
    await enter(bob, 2, step);
    clock.advance(ms - 1);
    expect(await codeOf(bob.open(camera, first))).toBe("opened");
    clock.advance(1);
    expect(await codeOf(bob.open(camera, second))).toBe("frame-epoch-unknown");
  });

  it("a Remove shortens the life of every epoch before it", async () => {
    const clock = createManualClock();
    const { alice, bob } = await twoPeople(clock);
    const sealed = await seal(alice);
    await enter(bob, 2, JOINED);
    await enter(bob, 3, REMOVED);
    clock.advance(2_000);
    expect(await codeOf(bob.open(camera, sealed))).toBe("frame-epoch-unknown");
  });

  it("a frame of the next epoch waits for it", async () => {
    const clock = createManualClock();
    const { alice, bob } = await twoPeople(clock);
    await enter(alice, 2, REMOVED);
    const opening = bob.open(camera, await seal(alice));
    clock.advance(299);
    await enter(bob, 2, REMOVED);
    expect(await codeOf(opening)).toBe("opened");
    // What is left is the end of the old epoch on either side, and no wait.
    expect(clock.pending()).toBe(2);
  });

  it("but 300 ms at most, all frames of that epoch together", async () => {
    const clock = createManualClock();
    const { alice, bob } = await twoPeople(clock);
    await enter(alice, 2, REMOVED);
    const first = bob.open(camera, await seal(alice));
    clock.advance(200);
    const second = bob.open(camera, await seal(alice));
    clock.advance(100);
    expect(await codeOf(first)).toBe("frame-epoch-unknown");
    expect(await codeOf(second)).toBe("frame-epoch-unknown");
    expect(await codeOf(bob.open(camera, await seal(alice)))).toBe("frame-epoch-unknown");
    await enter(bob, 2, REMOVED);
    expect(await codeOf(bob.open(camera, await seal(alice)))).toBe("opened");
  });

  it("an epoch out of order, or a base key seen before, is a mistake", async () => {
    const { alice } = await twoPeople(createManualClock());
    await expect(enter(alice, 3, REMOVED)).rejects.toThrow("expected the one after the newest");
    const baseKey = await baseKeyOf(7);
    const epoch = {
      groupId: "group" as GroupId,
      epoch: epochOf(7),
      ownLeaf: leaf(0),
      leaves: new Set([leaf(0)]),
      baseKey,
    };
    alice.install(epoch, ENTERED);
    expect(() => {
      alice.install(epoch, ENTERED);
    }).toThrow("expected a new base key");
  });

  it("nothing is left running once cleared", async () => {
    const clock = createManualClock();
    const { alice } = await twoPeople(clock);
    await enter(alice, 2, JOINED);
    await enter(alice, 3, REMOVED);
    alice.clear();
    expect(clock.pending()).toBe(0);
  });
});

describe("[KID-2] counters", () => {
  const SEED = 20_261_122;
  type Step = "frame" | "join" | "remove" | "rebind" | "confirm" | "wait";
  const steps = fc.array(
    fc.constantFrom<Step>("frame", "frame", "join", "remove", "rebind", "confirm", "wait"),
    {
      minLength: 10,
      maxLength: 60,
    },
  );

  it(`no KID and counter is used twice under one base key, whatever happens to links (seed ${SEED})`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const clock = createManualClock();
        const { alice, bob } = await twoPeople(clock);
        const used: string[] = [];
        let epoch = 1;
        let linkId = "link";
        for (const [index, step] of plan.entries()) {
          if (step === "frame") {
            const sealed = await Promise.all(
              [1, 2, 3].map((number) =>
                alice.seal({ linkId, stream: "camera" }, frame(`${number}`), undefined),
              ),
            );
            for (const one of sealed) {
              const header = decodeHeader(unwrap(one));
              if (!header.ok) throw new Error("expected a header");
              // Epochs of a plan are fewer than 256: the byte in the KID names the base key.
              used.push(`${header.value.kid}/${header.value.ctr}`);
            }
          } else if (step === "join" || step === "remove") {
            epoch += 1;
            await enter(alice, epoch, step === "join" ? JOINED : REMOVED);
          } else if (step === "rebind") {
            alice.bindLink({ linkId, peerLeaf: undefined });
            linkId = `link ${index}`;
            alice.bindLink({ linkId, peerLeaf: bob.own });
          } else if (step === "confirm") {
            alice.confirmEpoch({ peerLeaf: bob.own, epoch: epochOf(epoch) });
          } else {
            clock.advance(1_700);
          }
        }
        expect(new Set(used).size).toBe(used.length);
      }),
      { numRuns: 60, seed: SEED },
    );
  });
});
