import { describe, expect, it } from "vitest";
import { createPlaintextRule } from "../../../web/core/negotiation/plaintext-rule.ts";

const sent = (count: number) => ({ frames: count, packets: count });
const seen = (passed: number, dropped = 0) => ({ passed, dropped });

describe.each(["microphone", "camera"] as const)("the plaintext rule for the %s", (stream) => {
  it("finds a sender whose transform never saw a frame at the second check", () => {
    const rule = createPlaintextRule(stream);
    expect(rule.isExcess(sent(50), seen(0))).toBe(false);
    expect(rule.isExcess(sent(100), seen(0))).toBe(true);
  });

  it("finds a sender whose transform stops seeing frames", () => {
    const rule = createPlaintextRule(stream);
    expect(rule.isExcess(sent(500), seen(500))).toBe(false);
    expect(rule.isExcess(sent(540), seen(500))).toBe(false);
    expect(rule.isExcess(sent(580), seen(500))).toBe(true);
  });

  it("accuses nobody whose worker is late by less than a check", () => {
    const rule = createPlaintextRule(stream);
    for (let check = 1; check <= 20; check += 1)
      expect(rule.isExcess(sent(check * 60), seen((check - 1) * 60))).toBe(false);
  });

  it("accuses nobody who sends nothing", () => {
    const rule = createPlaintextRule(stream);
    expect(rule.isExcess(sent(0), seen(0))).toBe(false);
    expect(rule.isExcess(sent(0), seen(0))).toBe(false);
  });
});

describe("the plaintext rule", () => {
  it("knows that pictures dropped for want of a key were seen", () => {
    const rule = createPlaintextRule("camera");
    expect(rule.isExcess(sent(50), seen(0, 50))).toBe(false);
    expect(rule.isExcess(sent(100), seen(0, 100))).toBe(false);
  });

  it("does not let sound dropped for want of a key excuse sound that is sent in clear", () => {
    const rule = createPlaintextRule("microphone");
    expect(rule.isExcess(sent(50), seen(0, 1_000))).toBe(false);
    expect(rule.isExcess(sent(100), seen(0, 1_000))).toBe(true);
  });
});
