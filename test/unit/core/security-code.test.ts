import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Epoch } from "../../../protocol/ids.ts";
import { type PairMessage, pairMessageCodec } from "../../../protocol/pair.ts";
import type { SecurityState } from "../../../web/core/call-state.ts";
import { createCallWorld, type CallWorld, type Page } from "../../support/call-world.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

const security = (page: Page): SecurityState => page.snapshot().security;
const digitsOf = (page: Page): string => {
  const { code } = security(page);
  return code.phase === "ready" ? code.digits : code.phase;
};
const trustIn = (page: Page) =>
  Object.fromEntries(page.others().map(({ name, trust }) => [name, trust]));
const notices = (page: Page) => page.notices.map(({ type, ...rest }) => ({ type, ...rest }));
const keyOf = (page: Page, name: string) =>
  page.others().find((person) => person.name === name)?.key ?? "";

async function expectOneCode(...pages: readonly Page[]): Promise<string> {
  const [first = ""] = pages.map(digitsOf);
  expect(first).toMatch(/^\d{30}$/);
  expect(pages.map(digitsOf)).toEqual(pages.map(() => first));
  return first;
}

async function show(page: Page): Promise<void> {
  page.call.showCode(true);
  await world.time.pass(500);
}

async function joins(name: string, profile = createFakeProfile(name)): Promise<Page> {
  const page = await world.open(profile);
  page.call.join();
  await world.time.until(() => page.snapshot().phase === "live", 10_000);
  await world.time.pass(3_000);
  return page;
}

/** Changes what a page says over its data channels; `undefined` leaves it unsaid. */
function tamper(page: Page, change: (message: PairMessage) => PairMessage | undefined): void {
  page.peer.garble((bytes) => {
    const message = pairMessageCodec.decode(bytes);
    if (!message.ok) return bytes;
    return pairMessageCodec.encode(change(message.value) ?? { type: "alive" });
  });
}

describe("the security code", { timeout: 30_000 }, () => {
  it("[VERIFY-7] who opens it starts it for everybody, and all have the same", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    expect([ada, bea, cem].map(digitsOf)).toEqual(["waiting", "waiting", "waiting"]);
    await show(ada);
    const digits = await expectOneCode(ada, bea, cem);
    await show(cem);
    expect(digitsOf(cem)).toBe(digits);
  });

  it("[VERIFY-7] two who open it at once have one code", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    ada.call.showCode(true);
    bea.call.showCode(true);
    await world.time.pass(500);
    await expectOneCode(ada, bea);
  });

  it("alone there is nothing to compare, and the code comes with the second person", async () => {
    const [ada] = await world.joined("Ada");
    await show(ada);
    expect(security(ada).code).toEqual({ phase: "alone" });
    const bea = await joins("Bea");
    await expectOneCode(ada, bea);
  });

  it("[VERIFY-1] stays as it is when keys are renewed, and is new when somebody joins or leaves", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    await show(ada);
    const first = await expectOneCode(ada, bea);
    const { epoch } = await ada.statement();
    await world.time.pass(20 * 60_000);
    expect((await ada.statement()).epoch).toBeGreaterThan(epoch);
    expect(await expectOneCode(ada, bea)).toBe(first);
    const cem = await joins("Cem");
    const second = await expectOneCode(ada, bea, cem);
    expect(second).not.toBe(first);
    cem.leave();
    await world.time.pass(5_000);
    const third = await expectOneCode(ada, bea);
    expect([first, second]).not.toContain(third);
  });

  it("[VERIFY-7] goes through the room where no channel is open", async () => {
    world.internet.blocked = () => true;
    const [ada, bea] = await world.joined("Ada", "Bea");
    await show(ada);
    await world.time.pass(3_000);
    await expectOneCode(ada, bea);
  });

  it("[VERIFY-7] what is lost on the way is said again", async () => {
    const [ada, bea, cem] = await world.joined("Ada", "Bea", "Cem");
    let lost = 0;
    tamper(bea, (message) => {
      if (!message.type.startsWith("code-") || lost === 5) return message;
      lost += 1;
      return undefined;
    });
    await show(ada);
    expect(digitsOf(ada)).toBe("waiting");
    await world.time.pass(9_000);
    expect(lost).toBe(5);
    await expectOneCode(ada, bea, cem);
  });

  it("[VERIFY-8] what comes of an epoch ahead is kept until one gets there", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    ada.call.showCode(true);
    bea.line.freeze();
    const cem = await joins("Cem");
    // From now on Ada's commit is not said again.
    tamper(ada, (message) => (message.type === "code-commit" ? undefined : message));
    bea.line.restore();
    await world.time.pass(20_000);
    await expectOneCode(ada, bea, cem);
  });

  it("[VERIFY-7] who does not answer in ten seconds is named", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea", "Cem");
    tamper(bea, (message) => (message.type.startsWith("code-") ? undefined : message));
    await show(ada);
    expect(security(ada).code).toEqual({
      phase: "waiting",
      missing: [keyOf(ada, "Bea")],
      silent: [],
    });
    await world.time.pass(11_000);
    expect(security(ada).code).toMatchObject({ silent: [keyOf(ada, "Bea")] });
  });
});

describe("a member who cheats with the security code", { timeout: 30_000 }, () => {
  const flip = (bytes: Uint8Array<ArrayBuffer>) =>
    bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));

  it("[VERIFY-4] another nonce than the one committed to gives nobody a code, and names its sender", async () => {
    const [ada, bea, mallory] = await world.joined("Ada", "Bea", "Mallory");
    tamper(mallory, (message) =>
      message.nonce === undefined ? message : { ...message, nonce: flip(message.nonce) },
    );
    await show(ada);
    for (const page of [ada, bea])
      expect(security(page).code).toEqual({ phase: "refused", by: keyOf(page, "Mallory") });
    ada.call.judgeCode("match", "");
    expect(trustIn(ada)).toEqual({ Bea: "unknown", Mallory: "unknown" });
  });

  it("[VERIFY-3] who waits for the others' nonces before committing waits for ever: there are none before", async () => {
    const [ada, bea, mallory] = await world.joined("Ada", "Bea", "Mallory");
    const said: PairMessage[] = [];
    for (const page of [ada, bea])
      tamper(page, (message) => {
        said.push(message);
        return message;
      });
    const hasSeenNonces = (): boolean => said.some(({ type }) => type === "code-reveal");
    tamper(mallory, (message) =>
      message.type === "code-commit" && !hasSeenNonces() ? undefined : message,
    );
    await show(ada);
    await world.time.pass(12_000);
    expect(said.map(({ type }) => type)).toContain("code-commit");
    expect(said.map(({ type }) => type)).not.toContain("code-reveal");
    expect(security(ada).code).toMatchObject({ silent: [keyOf(ada, "Mallory")] });
  });

  it("[VERIFY-2] of two commits the first stands: a nonce for the second opens nothing", async () => {
    const [ada, mallory] = await world.joined("Ada", "Mallory");
    // Bound by one thing first; then, once Ada has given her nonce, by what it really was.
    let commits = 0;
    tamper(mallory, (message) => {
      if (message.commit === undefined) return message;
      commits += 1;
      return commits === 1 ? { ...message, commit: flip(message.commit) } : message;
    });
    await show(ada);
    await world.time.pass(5_000);
    expect(security(ada).code).toEqual({ phase: "refused", by: keyOf(ada, "Mallory") });
  });

  it("[VERIFY-3] a nonce that comes before its sender's commit is not taken", async () => {
    const [ada, mallory] = await world.joined("Ada", "Mallory");
    const { epoch } = await mallory.statement();
    tamper(mallory, (message) =>
      message.type === "code-commit"
        ? { type: "code-reveal", epoch, nonce: new Uint8Array(32) }
        : message,
    );
    await show(ada);
    expect(security(ada).code).toMatchObject({ missing: [keyOf(ada, "Mallory")] });
    tamper(mallory, (message) => message);
    await world.time.pass(4_000);
    await expectOneCode(ada, mallory);
  });

  it("[VERIFY-8] messages of an old run do nothing in the next", async () => {
    const [ada, mallory] = await world.joined("Ada", "Mallory");
    const old: PairMessage[] = [];
    tamper(mallory, (message) => {
      if (message.type.startsWith("code-")) old.push(message);
      return message;
    });
    await show(ada);
    expect(old.map(({ type }) => type)).toEqual(["code-commit", "code-reveal"]);
    const replay = [...old];
    tamper(mallory, (message) =>
      message.type.startsWith("code-") ? (replay.shift() ?? undefined) : message,
    );
    const bea = await joins("Bea");
    await world.time.pass(8_000);
    expect(replay).toEqual([]);
    expect(security(ada).code).toMatchObject({
      phase: "waiting",
      missing: [keyOf(ada, "Mallory")],
    });
    expect(digitsOf(bea)).toBe("waiting");
  });

  it("[VERIFY-8] a flood is answered a few times and costs nobody the code", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    let commit: PairMessage | undefined;
    let isFlooding = false;
    tamper(bea, (message) => {
      if (message.type === "code-commit") commit ??= message;
      return isFlooding && commit !== undefined ? commit : message;
    });
    await show(ada);
    const digits = await expectOneCode(ada, bea);
    const said: PairMessage[] = [];
    tamper(ada, (message) => {
      if (message.type.startsWith("code-")) said.push(message);
      return message;
    });
    isFlooding = true;
    for (let size = 1; size <= 300; size += 1) {
      bea.call.setView(keyOf(bea, "Ada"), { width: size, height: size });
      await world.time.pass(100);
    }
    expect(said.length).toBeGreaterThan(10);
    expect(said.length).toBeLessThanOrEqual(40);
    expect(digitsOf(ada)).toBe(digits);
  });

  it("[VERIFY-8] an epoch that never comes holds nobody up", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    tamper(bea, (message) =>
      message.type === "code-commit" ? { ...message, epoch: 1_000_000 as Epoch } : message,
    );
    await show(ada);
    const cem = await joins("Cem");
    tamper(bea, (message) => message);
    await world.time.pass(5_000);
    await expectOneCode(ada, bea, cem);
  });

  it("[VERIFY-4] somebody in the middle, with a group towards each, shows each another code", async () => {
    const seen = new Set<string>();
    for (const name of ["towards Ada", "towards Bea"]) {
      const between = await createCallWorld();
      const [victim, mallory] = await between.joined("Victim", name);
      victim.call.showCode(true);
      await between.time.pass(1_000);
      expect(digitsOf(victim)).toMatch(/^\d{30}$/);
      expect(digitsOf(mallory)).toBe(digitsOf(victim));
      seen.add(digitsOf(victim));
      await between.end();
    }
    expect(seen.size).toBe(2);
  });
});

describe("what comparing gives", { timeout: 30_000 }, () => {
  it("[VERIFY-9] a match marks everybody who was there, on this device alone, and next time too", async () => {
    const profiles = { ada: createFakeProfile("Ada"), bea: createFakeProfile("Bea") };
    const ada = await joins("Ada", profiles.ada);
    const bea = await joins("Bea", profiles.bea);
    await show(ada);
    ada.call.judgeCode("match", digitsOf(ada));
    expect(trustIn(ada)).toEqual({ Bea: "verified" });
    expect(trustIn(bea)).toEqual({ Ada: "unknown" });
    expect(security(ada)).toMatchObject({ verdict: "match", remembered: 1 });
    for (const page of [ada, bea]) page.leave();
    await world.time.pass(5_000);
    const again = await joins("Ada", profiles.ada);
    await joins("Bea", profiles.bea);
    await world.time.pass(2_000);
    expect(trustIn(again)).toEqual({ Bea: "verified" });
    again.call.forgetVerified();
    expect(trustIn(again)).toEqual({ Bea: "unknown" });
    expect(profiles.ada.memory.verified()).toEqual([]);
  });

  it("[VERIFY-9] a word on another code than the present one says nothing", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    await show(ada);
    const old = await expectOneCode(ada, bea);
    await joins("Cem");
    ada.call.judgeCode("match", old);
    ada.call.judgeCode("match", "0".repeat(30));
    expect(trustIn(ada)).toEqual({ Bea: "unknown", Cem: "unknown" });
    expect(security(ada).verdict).toBeUndefined();
  });

  it("who joins after the comparison is named to those who compared, and to nobody else", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    await show(ada);
    ada.call.judgeCode("match", digitsOf(ada));
    ada.call.showCode(false);
    const cem = await joins("Cem");
    await world.time.pass(2_000);
    const told = { type: "joined-since-compared", name: "Cem" };
    expect(notices(ada)).toContainEqual(told);
    expect(notices(bea)).not.toContainEqual(told);
    expect(security(ada).newcomers).toEqual([keyOf(ada, "Cem")]);
    await show(cem);
    ada.call.judgeCode("match", digitsOf(ada));
    expect(security(ada).newcomers).toEqual([]);
    await world.time.pass(5_000);
    expect(notices(ada).filter(({ type }) => type === told.type)).toHaveLength(1);
  });

  it("a mismatch takes the marks away from everybody who is there", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    await show(ada);
    ada.call.judgeCode("match", digitsOf(ada));
    ada.call.judgeCode("mismatch", digitsOf(ada));
    expect(trustIn(ada)).toEqual({ Bea: "unknown" });
    expect(security(ada)).toMatchObject({ verdict: "mismatch", remembered: 0 });
    ada.call.forgetVerified();
    expect(security(ada).verdict).toBe("mismatch");
    ada.call.judgeCode("again", "");
    expect(security(ada).verdict).toBeUndefined();
    await expectOneCode(ada, bea);
  });

  it("[VERIFY-9] somebody with a verified person's name and another identity is named in the call", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    await show(ada);
    ada.call.judgeCode("match", digitsOf(ada));
    bea.leave();
    await world.time.pass(5_000);
    const other = await joins("BEA!");
    await world.time.pass(3_000);
    other.call.setName("Bea?");
    await world.time.pass(3_000);
    expect(Object.values(trustIn(ada))).toEqual(["changed"]);
    expect(notices(ada).filter(({ type }) => type === "identity-changed")).toHaveLength(1);
    await joins("Dan");
    expect(trustIn(ada)).toMatchObject({ Dan: "unknown" });
  });
});
