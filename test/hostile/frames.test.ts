import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSender } from "webcrypto-sframe";
import type { LeafIndex } from "../../protocol/ids.ts";
import { encodeKid } from "../../web/crypto-worker/frames/kid.ts";
import { expectTogether, expectTogetherSoon } from "../support/call-checks.ts";
import { type CallWorld, createCallWorld } from "../support/call-world.ts";
import { enterWithFrames, type FramedPage } from "../support/hostile-world.ts";

let world: CallWorld;
let ada: FramedPage;
let bea: FramedPage;
let cem: FramedPage;
beforeEach(async () => {
  world = await createCallWorld();
  ada = await enterWithFrames(world, "Ada");
  bea = await enterWithFrames(world, "Bea");
  cem = await enterWithFrames(world, "Cem");
  await world.time.pass(6_000);
  await expectTogether([ada.page, bea.page, cem.page]);
});
afterEach(() => world.end());

describe("frames on their way, by the keys of a real call", { timeout: 30_000 }, () => {
  it("[FRAME-1] the relay brings a frame twice: the second is dropped", async () => {
    const frame = await ada.seal("Bea");
    expect(await bea.open("Ada", frame)).toBe("opened");
    expect(await bea.open("Ada", frame)).toBe("sframe-counter-replayed");
  });

  it("[FRAME-1] the relay changes a frame, in any byte: it is dropped, and the next one opens", async () => {
    const frame = await ada.seal("Bea");
    for (let index = 0; index < frame.length; index += 1) {
      const changed = frame.map((byte, at) => (at === index ? byte ^ 0x10 : byte));
      expect(await bea.open("Ada", changed)).not.toBe("opened");
    }
    expect(await bea.open("Ada", await ada.seal("Bea"))).toBe("opened");
  });

  it("[KID-3] the relay sends one's own frames back to one: they are dropped", async () => {
    expect(await ada.open("Bea", await ada.seal("Bea"))).toBe("frame-kid-foreign");
  });

  it("[KID-3] the relay swaps two people's pictures, sends one's to another, or a picture as sound: they are dropped", async () => {
    expect(await bea.open("Cem", await ada.seal("Bea"))).toBe("frame-kid-foreign");
    expect(await cem.open("Ada", await ada.seal("Bea"))).toBe("frame-kid-foreign");
    expect(await bea.open("Ada", await ada.seal("Bea"), "microphone")).toBe("frame-kid-foreign");
  });

  /** By somebody who has the key of the epoch and software of their own. */
  async function sealFreely(
    by: FramedPage,
    kid: { readonly leaf: number; readonly toLeaf: number },
    counter: number,
    text: string,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { baseKey, epoch } = by.epoch();
    const sender = await createSender({
      cipherSuite: "AES_128_GCM_SHA256_128",
      baseKey,
      kid: encodeKid({
        stream: "camera",
        toLeaf: kid.toLeaf as LeafIndex,
        leaf: kid.leaf as LeafIndex,
        epoch,
      }),
      firstCounter: counter,
    });
    const sealed = await sender.encrypt(new TextEncoder().encode(text));
    if (!sealed.ok) throw new Error(sealed.error.code);
    return sealed.value;
  }

  it("[KID-3] a member seals by another's KID, with the key that all have: on their own connection it is dropped", async () => {
    const posing = await sealFreely(cem, { leaf: 0, toLeaf: 1 }, 500, "I am Ada");
    expect(await bea.open("Cem", posing)).toBe("frame-kid-foreign");
    // What is theirs opens: it is the KID that was refused.
    const own = await sealFreely(cem, { leaf: 2, toLeaf: 1 }, 500, "I am Cem");
    expect(await bea.open("Cem", own)).toBe("opened");
  });

  it("[KID-3] a member passes on frames that another sealed for them: they are dropped", async () => {
    const forCem = await ada.seal("Cem");
    expect(await bea.open("Cem", forCem)).toBe("frame-kid-foreign");
    expect(await bea.open("Ada", forCem)).toBe("frame-kid-foreign");
  });

  it("[KID-2] a member seals two frames by one counter: the second is dropped", async () => {
    const [first, second] = [
      await sealFreely(ada, { leaf: 0, toLeaf: 1 }, 500, "this"),
      await sealFreely(ada, { leaf: 0, toLeaf: 1 }, 500, "that"),
    ];
    expect(await bea.open("Ada", first)).toBe("opened");
    expect(await bea.open("Ada", second)).toBe("sframe-counter-replayed");
  });

  it("[EPOCH-1] the relay keeps frames of an epoch before somebody was removed: two seconds later none opens", async () => {
    const kept = [await ada.seal("Bea"), await ada.seal("Bea"), await ada.seal("Bea")] as const;
    cem.page.leave();
    await expectTogetherSoon(world, [ada.page, bea.page], 1_000);
    expect(await bea.open("Ada", kept[0])).toBe("opened");
    await world.time.pass(2_000);
    expect(await bea.open("Ada", kept[1])).toBe("frame-epoch-unknown");
    await world.time.pass(60_000);
    expect(await bea.open("Ada", kept[2])).toBe("frame-epoch-unknown");
  });

  it("[EPOCH-1] the relay shows frames of now to somebody who has left: they open by none of the keys that person had", async () => {
    const link = ada.linkTo("Cem");
    // Cem's tab dies, but whoever has it keeps all its keys.
    cem.page.vanish();
    await expectTogetherSoon(world, [ada.page, bea.page], 60_000);
    expect(ada.page.bound.has(link)).toBe(false);
    const frame = await ada.seal("Bea");
    expect(await cem.openAsFirst(frame)).toBe("frame-epoch-unknown");
  });

  it("[EPOCH-1] somebody who comes in opens no frame of before they came", async () => {
    const kept = await ada.seal("Bea");
    const dan = await enterWithFrames(world, "Dan");
    expect(await dan.openAsFirst(kept)).toBe("frame-epoch-unknown");
    expect(await bea.open("Ada", kept)).toBe("opened");
  });
});
